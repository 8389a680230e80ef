/**
 * The locks that running code holds: those of the calls that it is part of, on this thread.
 *
 * Invariant: D9, a tool that calls another one waits for no lock that it holds itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { HeddleError } from '../errors.ts'
import { excludes, keyText, type LockAsk, placesText } from './tool-locks.ts'

interface Held {
  readonly ask: LockAsk
  readonly outer: Held | undefined
  isOver: boolean
}

const storage = new AsyncLocalStorage<Held>()

/** Calls `run`, whose code holds what was asked for until it has ended. */
export async function holding<T>(ask: LockAsk, run: () => Promise<T>): Promise<T> {
  const held: Held = { ask, outer: storage.getStore(), isOver: false }
  try {
    return await storage.run(held, run)
  } finally {
    held.isOver = true
  }
}

/** Throws HEDDLE_REQUEST_CYCLE where the running code holds what the call needs. */
export function assertNotHeld(ask: LockAsk): void {
  const own = ownAsks()
  const { lock, tool, atMost } = ask
  const blocking = own.find((one) => {
    return (
      one.lock !== undefined && one.lock.key === lock?.key && excludes(one.lock.mode, lock.mode)
    )
  })
  if (lock !== undefined && blocking !== undefined) {
    throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle: [keyText(blocking), keyText(ask)] })
  }
  const places = own.filter((one) => one.tool === tool).length
  if (atMost === undefined || places < atMost) return
  throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle: [placesText(ask), placesText(ask)] })
}

function ownAsks(): LockAsk[] {
  const all: LockAsk[] = []
  for (let one = storage.getStore(); one !== undefined; one = one.outer) {
    if (!one.isOver) all.push(one.ask)
  }
  return all
}
