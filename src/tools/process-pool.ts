/** The pool of tools that a process has once, on its main thread. */
import { chosenPool } from './pool-choice.ts'
import { poolSettings } from './pool-options.ts'
import { ThreadPool } from './tool-pool.ts'

let pool: ThreadPool | undefined
let holds = 0

/** The pool; made with the default options if nobody holds one. */
export function processPool(): ThreadPool {
  pool ??= new ThreadPool(poolSettings(chosenPool()))
  return pool
}

/**
 * Keeps the pool. Returns a function that lets go: with the last one, the pool ends as soon as it
 * has no call. What it returns resolves when the pool has ended, or at once if somebody holds it or
 * waits for a call.
 */
export function holdProcessPool(): () => Promise<void> {
  const own = processPool()
  holds += 1
  let isHeld = true
  return async () => {
    if (!isHeld) return
    isHeld = false
    holds -= 1
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    own.whenIdle(() => {
      if (holds > 0 || pool !== own) return
      pool = undefined
      resolve(own.stop())
    })
    if (holds === 0 && !own.isWanted) await ended
  }
}
