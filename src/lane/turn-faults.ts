/**
 * Errors that nobody has caught: Node tells of them in the async context of the promise or timer
 * that failed, so each is laid at the door of its turn (D6).
 *
 * Owns: the listeners at the process, for as long as lanes stand on this thread.
 * Gotchas: what carries no turn's mark is none of heddle's business: it goes on as if heddle did
 * not listen.
 */
import { currentTurn } from '../agents/turn-context.ts'
import { afterThis, systemClock } from '../clock.ts'
import type { Culprit } from '../wire/counters.ts'

/**
 * Of each copy of heddle in this process: whether the running code is a turn's of it. An error of
 * another copy's turn is that copy's.
 */
const COPIES = Symbol.for('heddle.turns')
const copies: Set<() => boolean> = Reflect.get(globalThis, COPIES) ?? new Set()
Reflect.set(globalThis, COPIES, copies)
copies.add(() => currentTurn() !== undefined)

let lanes = 0
/** Set while the thread is about to end by an error that is no turn's. */
let isEnding = false

/**
 * Whether the thread is about to end: then nothing more may leave it, since any of its turns may be
 * the cause.
 */
export function threadIsEnding(): boolean {
  return isEnding
}

/**
 * From now on errors are laid at the doors of turns. The returned function ends that for its
 * caller.
 */
export function watchFaults(): () => void {
  if (lanes++ === 0) listen()
  let isWatching = true
  return () => {
    if (!isWatching) return
    isWatching = false
    if (--lanes === 0) unlisten()
  }
}

/** Asked while the thread exits: whose code makes it. */
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
 * Who else listens has been asked by Node. If nobody does, the thread ends, unless Node was told
 * otherwise by an option.
 */
function asWithoutHeddle(event: 'unhandledRejection' | 'uncaughtException', again: () => void) {
  if (currentTurn() === undefined && [...copies].some((isOfTurn) => isOfTurn())) return
  if (process.listeners(event as 'uncaughtException').some((one) => !Reflect.has(one, COPIES)))
    return
  unlisten()
  isEnding = true
  afterThis(() => {
    // Not before: the next immediate may come ahead of this tick, and would hear the error again
    // and again.
    systemClock.soon(() => {
      unlisten() // two errors in one step
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
