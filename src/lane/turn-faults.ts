/**
 * Uncaught errors: Node reports them in the async context of the promise or timer that failed, so
 * each is attributed to its turn (D6).
 *
 * Owns: the listeners on the process, for as long as there are lanes on this thread.
 * Gotchas: an error without the mark of a turn is not heddle's: it goes on as if heddle did not
 * listen.
 */
import { currentTurn } from '../agents/turn-context.ts'
import { afterThis, systemClock } from '../clock.ts'
import type { Culprit } from '../wire/counters.ts'

/**
 * For each copy of heddle in this process: whether the running code belongs to one of its turns. An
 * error of another copy's turn is left to that copy.
 */
const COPIES = Symbol.for('heddle.turns')
const copies: Set<() => boolean> = Reflect.get(globalThis, COPIES) ?? new Set()
Reflect.set(globalThis, COPIES, copies)
copies.add(() => currentTurn() !== undefined)

let lanes = 0
/** Set while the thread is about to end by an error that does not belong to a turn. */
let isEnding = false

/**
 * Whether the thread is about to end. Then nothing more may leave it, since any of its turns may be
 * the cause.
 */
export function threadIsEnding(): boolean {
  return isEnding
}

/** Attributes errors to turns from now on. The returned function ends that for its caller. */
export function watchFaults(): () => void {
  if (lanes++ === 0) listen()
  let isWatching = true
  return () => {
    if (!isWatching) return
    isWatching = false
    if (--lanes === 0) unlisten()
  }
}

/** Called while the thread exits: the turn whose code makes it exit. */
export function culpritHere(): Culprit {
  const mark = currentTurn()
  if (mark === undefined) return { kind: 'unknown' }
  const { run } = mark
  return run === undefined ? { kind: 'past-turn' } : { kind: 'turn', slot: run.delivery.slot }
}

function onRejection(reason: unknown): void {
  if (currentTurn()?.blame(reason) !== true) {
    asWithoutHeddle('unhandledRejection', () => void Promise.reject(reason))
  }
}

function onException(error: unknown): void {
  if (currentTurn()?.blame(error) !== true) {
    asWithoutHeddle('uncaughtException', () => {
      throw error
    })
  }
}

/**
 * Lets an error take its course. Node has called the other listeners. If there are none, the thread
 * ends, unless an option of Node says otherwise.
 */
function asWithoutHeddle(event: 'unhandledRejection' | 'uncaughtException', again: () => void) {
  if (currentTurn() === undefined && [...copies].some((isOfTurn) => isOfTurn())) return
  if (process.listeners(event as 'uncaughtException').some((one) => !Reflect.has(one, COPIES)))
    return
  unlisten()
  isEnding = true
  afterThis(() => {
    // Not earlier: the next immediate may come ahead of this tick, and would get the error again
    // and again.
    systemClock.soon(() => {
      unlisten() // there were two errors in one step
      isEnding = false
      if (lanes > 0) listen() // the thread lives on
    })
    again()
  })
}

for (const listener of [onRejection, onException]) Reflect.set(listener, COPIES, true)

function listen(): void {
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
}

function unlisten(): void {
  process.off('unhandledRejection', onRejection)
  process.off('uncaughtException', onException)
}
