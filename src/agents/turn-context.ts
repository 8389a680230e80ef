/**
 * Which turn the running code belongs to, and how to run code outside of all turns.
 *
 * Owns: the store of turns. Each turn runs in an async context whose store is its mark.
 * Everything that its handler begins (promises, timers, sockets) carries the mark, so an uncaught
 * error can be attributed to its turn (D6).
 * Invariant: D3, code that heddle schedules or calls runs outside of all contexts: no turn,
 * listener or setup sees another's store.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'

/** The part of a turn that its mark needs. */
export interface MarkedTurn {
  readonly delivery: {
    readonly agent: string
    readonly key: string
    readonly message: string
    readonly sequence: number
    /** Its place in the router's ledger. */
    readonly slot: number
  }
}

/** Takes the uncaught errors of turns. */
export interface FaultDoor<Run extends MarkedTurn = MarkedTurn> {
  /**
   * Whether the router is on the same thread. There, a turn that waited for its runtime would wait
   * for itself.
   */
  readonly isBesideRouter: boolean
  /** The clock of the thread, or of the simulation in its place. */
  readonly clock: Clock
  /** Returns false if it no longer takes errors. */
  uncaught(mark: TurnMark<Run>, error: unknown): boolean
}

/** The owner of the running code, and of its uncaught errors. */
export interface Owner {
  /** Undefined: the owner is not a turn, or is one whose result has left its lane. */
  readonly run: MarkedTurn | undefined
  readonly isActive: boolean
  readonly isBesideRouter: boolean
  /**
   * The clock by which its code can yield the thread for a moment; undefined: the thread's own.
   */
  readonly clock: Clock | undefined
  /** Attributes an uncaught error to the owner. Returns false if it no longer takes errors. */
  blame(error: unknown): boolean
}

/**
 * The store of a turn's async context. It outlives the turn for as long as work that the handler
 * began.
 */
export class TurnMark<Run extends MarkedTurn = MarkedTurn> implements Owner {
  /**
   * Undefined once its result has left the lane: leftover work must not keep the whole turn alive.
   */
  run: Run | undefined
  /** Whether its handler may still be running. */
  isActive = true
  readonly isBesideRouter: boolean
  /** Names the turn in reports after it has ended. */
  readonly agent: string
  readonly key: string
  readonly message: string
  readonly sequence: number
  readonly #door: FaultDoor<Run>

  constructor(door: FaultDoor<Run>, run: Run) {
    const { agent, key, message, sequence } = run.delivery
    this.run = run
    this.agent = agent
    this.key = key
    this.message = message
    this.sequence = sequence
    this.isBesideRouter = door.isBesideRouter
    this.#door = door
  }

  get clock(): Clock {
    return this.#door.clock
  }

  /** Attributes an error to the turn. Returns false if it no longer takes errors. */
  blame(error: unknown): boolean {
    return this.#door.uncaught(this, error)
  }
}

const marks = new AsyncLocalStorage<Owner>()

/**
 * The context in which this module was loaded: before any turn, and before a caller set any store.
 */
const neutral: <T>(work: () => T) => T = AsyncLocalStorage.snapshot()

/**
 * Whether `enterWith` in a neutral context changes that context for later calls. It does where
 * async contexts are built on hooks (Node 22): there, each call gets a new context.
 */
const isShared = isChangedByEntering()

/** Runs `work` outside of all turns, and without any store of a user. */
export function outsideTurns<T>(work: () => T): T {
  if (!isShared) return neutral(work)
  return neutral(() => new AsyncResource('heddle')).runInAsyncScope(work)
}

/**
 * Runs `work` as part of a turn, whatever the caller's context. A store that `work` sets by
 * `enterWith` ends with it.
 */
export function inTurn<T>(mark: TurnMark, work: () => T): T {
  return as(mark, work)
}

/**
 * Runs `work` outside of all turns. `hear` receives the uncaught errors of work that it leaves
 * behind.
 */
export function heardBy<T>(hear: (error: unknown) => void, work: () => T): T {
  return as(listening(hear), work)
}

/** As `heardBy`, in the caller's context: `work` sees the stores of a user. */
export function ownedBy<T>(hear: (error: unknown) => void, work: () => T): T {
  return marks.run(listening(hear), work)
}

function listening(hear: (error: unknown) => void): Owner {
  const blame = (error: unknown) => {
    hear(error)
    return true
  }
  return { run: undefined, isActive: false, isBesideRouter: false, clock: undefined, blame }
}

function as<T>(owner: Owner, work: () => T): T {
  return outsideTurns(() => {
    marks.enterWith(owner)
    return work()
  })
}

/**
 * The mark of the turn that the caller belongs to, even after that turn has ended; or the other
 * owner of the calling code.
 */
export function currentTurn(): Owner | undefined {
  return marks.getStore()
}

/** Throws HEDDLE_INSIDE_TURN when the caller is a handler that runs on the router's thread. */
export function assertOutsideTurn(call: string): void {
  const mark = marks.getStore()
  if (mark?.isActive && mark.isBesideRouter) throw new HeddleError('HEDDLE_INSIDE_TURN', { call })
}

/** A clock that calls back outside of all turns, whatever the context of the caller. */
export function neutralClock(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    after: (ms, run) => clock.after(ms, () => outsideTurns(run)),
    soon: (run) => clock.soon(() => outsideTurns(run)),
  }
}

function isChangedByEntering(): boolean {
  const probe = new AsyncLocalStorage<true>()
  const place = AsyncLocalStorage.snapshot()
  place(() => probe.enterWith(true))
  const isChanged = place(() => probe.getStore()) === true
  probe.disable()
  return isChanged
}
