/** The pool of tools that a process has once, on its main thread. */
import { poolSettings, type ToolPoolOptions } from './pool-options.ts'
import { ThreadPool } from './tool-pool.ts'

let pool: ThreadPool | undefined
let holds = 0

/** The pool; made with the default options if nobody holds one. */
export function processPool(): ThreadPool {
  pool ??= new ThreadPool(poolSettings({}))
  return pool
}

/**
 * Keeps the pool. The options count for the first who holds it, before any call. Returns a function
 * that lets go: with the last one, the pool ends as soon as it has no call. Throws
 * HEDDLE_INVALID_OPTION.
 */
export function holdProcessPool(options: ToolPoolOptions = {}): () => void {
  pool ??= new ThreadPool(poolSettings(options))
  const own = pool
  holds += 1
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    holds -= 1
    own.whenIdle(() => {
      if (holds > 0 || pool !== own) return
      pool = undefined
      void own.stop()
    })
  }
}
