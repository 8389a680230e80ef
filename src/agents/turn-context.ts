/**
 * Which turn the running code belongs to, and the way out of every such context.
 *
 * Owns: the one store of heddle. Each turn runs in an async context whose store is its mark;
 * whatever its handler begins (promises, timers, sockets) carries the mark on, so an error that
 * nobody catches can be laid at the door of its turn (D6).
 * Invariant: D3, what heddle schedules or calls runs outside of all contexts: no turn, listener or
 * setup sees a store of anybody.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'

/** What is known of a turn here. */
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

/** Takes the errors of turns that nobody has caught. */
export interface FaultDoor<Run extends MarkedTurn = MarkedTurn> {
  /**
   * Whether the router is on the same thread: then a turn that waited for its runtime would wait
   * for itself.
   */
  readonly isBesideRouter: boolean
  /** Of the thread, or of the simulation that stands for it. */
  readonly clock: Clock
  /** False: it takes nothing any more. */
  uncaught(mark: TurnMark<Run>, error: unknown): boolean
}

/** Whose work the running code is, and who hears of what fails of it. */
export interface Owner {
  /** Undefined: of no turn, or of one whose result has left its lane. */
  readonly run: MarkedTurn | undefined
  readonly isActive: boolean
  readonly isBesideRouter: boolean
  /**
   * By which whoever works for it can let others have the thread for a moment; undefined: the
   * thread's own.
   */
  readonly clock: Clock | undefined
  /** Lays an error at its door that nobody has caught; false: nobody answers. */
  blame(error: unknown): boolean
}

/**
 * What a turn's async context holds. It outlives the turn for as long as something that the handler
 * began does.
 */
export class TurnMark<Run extends MarkedTurn = MarkedTurn> implements Owner {
  /**
   * Undefined once its result has left the lane: what is left of its work must not keep the whole
   * turn.
   */
  run: Run | undefined
  /** Whether its handler may still be at work. */
  isActive = true
  readonly isBesideRouter: boolean
  /** What is said of it when it is over. */
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

  /** Lays an error at the turn's door; false: nobody answers. */
  blame(error: unknown): boolean {
    return this.#door.uncaught(this, error)
  }
}

const marks = new AsyncLocalStorage<Owner>()

/**
 * The context in which this module was loaded: before any turn, and before any store was set by
 * whoever calls.
 */
const neutral: <T>(work: () => T) => T = AsyncLocalStorage.snapshot()

/**
 * Whether `enterWith` in a neutral context changes it for whoever comes next. It does where async
 * contexts are made of hooks (Node 22): there, each call gets a context of its own.
 */
const isShared = isChangedByEntering()

/** Runs `work` outside of all turns, and without any store of a user. */
export function outsideTurns<T>(work: () => T): T {
  if (!isShared) return neutral(work)
  return neutral(() => new AsyncResource('heddle')).runInAsyncScope(work)
}

/**
 * Runs `work` as part of a turn, wherever the caller stands. A store that it sets by `enterWith`
 * ends with it.
 */
export function inTurn<T>(mark: TurnMark, work: () => T): T {
  return as(mark, work)
}

/** Runs `work` as part of no turn. `hear` is told what it leaves behind and nobody catches. */
export function heardBy<T>(hear: (error: unknown) => void, work: () => T): T {
  const blame = (error: unknown) => {
    hear(error)
    return true
  }
  return as(
    { run: undefined, isActive: false, isBesideRouter: false, clock: undefined, blame },
    work,
  )
}

function as<T>(owner: Owner, work: () => T): T {
  return outsideTurns(() => {
    marks.enterWith(owner)
    return work()
  })
}

/**
 * The mark of the turn that the caller belongs to, whether it is over or not; or whose work it is
 * otherwise.
 */
export function currentTurn(): Owner | undefined {
  return marks.getStore()
}

/** Throws HEDDLE_INSIDE_TURN when the caller is a handler that runs on the router's thread. */
export function assertOutsideTurn(call: string): void {
  const mark = marks.getStore()
  if (mark?.isActive && mark.isBesideRouter) throw new HeddleError('HEDDLE_INSIDE_TURN', { call })
}

/** A clock that calls back outside of all turns, in whatever context it was asked to. */
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
