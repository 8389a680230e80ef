/** The options of a pool of tools: their check and their defaults. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isUrl } from '../agents/agent-module.ts'
import { systemClock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { checkRules } from '../option-check.ts'
import {
  COUNT,
  isWhole,
  MS,
  type RulesOf,
  recordOf,
  ruleThat,
  TEXT,
  valuesOf,
} from '../option-rules.ts'
import { TOOL_ENTRY } from './tool-entry.ts'
import { processLocks } from './tool-locks.ts'
import type { PoolSettings } from './tool-pool.ts'

/** The options of a pool of tools. */
export interface ToolPoolOptions {
  /**
   * How many threads there are at most, and so how many calls run at once: up to 1,024. Default:
   * one per core, as Node's `availableParallelism` counts them.
   */
  readonly threads?: number
  /** Milliseconds after which a thread ends that has no call. Default 10,000. */
  readonly idleMs?: number
  /**
   * Milliseconds that a tool may go on when its call was aborted; then its thread is ended. Default
   * 1,000.
   */
  readonly graceMs?: number
  /**
   * How many calls may wait for a lock or a thread, and their size in bytes, an estimate. Default:
   * 1,000 calls and 64 MiB. Over it, a call fails with HEDDLE_TOOL_POOL_FULL, or waits.
   */
  readonly queue?: { readonly calls?: number; readonly bytes?: number }
  /** The `process.env` of the threads. Default: a copy of the main thread's. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * The file that each thread runs: the bundler's output for `heddle/tool-thread`. Only for
   * programs that bundle heddle. Default: the file in this package.
   */
  readonly threadEntry?: URL
}

const MOST_THREADS = 1_024
const RULES: RulesOf<ToolPoolOptions> = {
  threads: ruleThat(`a whole number from 1 to ${MOST_THREADS}`, (value) => {
    return isWhole(value, 1) && value <= MOST_THREADS
  }),
  idleMs: MS,
  graceMs: MS,
  queue: recordOf<NonNullable<ToolPoolOptions['queue']>>({ calls: COUNT, bytes: COUNT }),
  env: valuesOf(TEXT),
  threadEntry: ruleThat('the URL of a file', (url) => isUrl(url) && url.protocol === 'file:'),
}

/** The options, checked. Throws HEDDLE_INVALID_OPTION and HEDDLE_NO_TOOL_ENTRY. */
export function checkPool(options: ToolPoolOptions): ToolPoolOptions {
  const own = checkRules(options, RULES)
  if (own.threadEntry !== undefined) checkEntry(own.threadEntry)
  return own
}

function checkEntry(entry: URL): URL {
  if (existsSync(entry)) return entry
  throw new HeddleError('HEDDLE_NO_TOOL_ENTRY', { entry: entry.href })
}

/** Throws HEDDLE_INVALID_OPTION and HEDDLE_NO_TOOL_ENTRY. */
export function poolSettings(options: ToolPoolOptions): PoolSettings {
  const own = checkRules(options, RULES)
  const { threads = availableParallelism(), idleMs = 10_000, graceMs = 1_000, queue = {} } = own
  const { calls = 1_000, bytes = 64 * 1_024 * 1_024 } = queue
  return {
    threads,
    idleMs,
    graceMs,
    queue: { calls, bytes },
    env: own.env && { ...own.env },
    entry: checkEntry(own.threadEntry ?? TOOL_ENTRY),
    locks: processLocks,
    clock: systemClock,
  }
}
