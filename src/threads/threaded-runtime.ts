import { existsSync } from 'node:fs'
// The name `createRequire` is avoided: programs that bundle this file declare it in their own
// banner.

import { availableParallelism } from 'node:os'
import { isUrl } from '../agents/agent-module.ts'
import { HeddleError } from '../errors.ts'
import { checkCount, checkOptions, invalidOption, namesOf, readSafely } from '../option-check.ts'
import { holdsByName } from '../option-names.ts'
import { Runtime } from '../runtime/local-runtime.ts'
import { MOST_LANES, RUNTIME_OPTIONS, type RuntimeOptions } from '../runtime/options.ts'
import { assertOutsideLanes } from './lane-mark.ts'
import { checkForThreads } from './loadable.ts'
import { LANE_ENTRY, openThreadLane } from './thread-lane.ts'

/** The options of `ThreadedRuntime.start`, beside those of every runtime. */
export interface ThreadedRuntimeOptions extends RuntimeOptions {
  /**
   * How many worker threads run turns: at most 1,024. Default: one per core, as Node's
   * `availableParallelism` counts them.
   */
  readonly lanes?: number
  /**
   * The file that each lane's thread runs: the bundler's output for `heddle/lane`. Only for
   * programs that bundle heddle. Default: the file in this package.
   */
  readonly laneEntry?: URL
  /**
   * The size limit of each lane's heap in mebibytes, at least 4; a lane that nears it is drained
   * and renewed. Best effort in Node: ArrayBuffers don't count. Default: chosen by V8.
   */
  readonly laneHeapMb?: number
  /**
   * The `process.env` of lanes: `inherit` (the default) is a copy of the main thread's; a record
   * has only these variables, `{}` none. It keeps secrets from honest code; a thread is not a
   * sandbox. Threads of tools get the same, unless `toolPool` has an `env` or another runtime has
   * begun the pool.
   */
  readonly laneEnv?: 'inherit' | Readonly<Record<string, string>>
}

const KNOWN = namesOf<ThreadedRuntimeOptions>({
  ...RUNTIME_OPTIONS,
  lanes: true,
  laneEntry: true,
  laneHeapMb: true,
  laneEnv: true,
})

/**
 * Milliseconds within which a thread must become a lane; the setup deadline applies instead if it
 * is longer.
 */
const START_MS = 30_000

/**
 * The runtime with turns on worker threads and the router on this one. It behaves as the
 * single-threaded runtime does.
 */
export const ThreadedRuntime = Object.freeze({
  /**
   * Starts the lanes and loads the agents on each. Rejects with HEDDLE_INVALID_OPTION,
   * HEDDLE_RUNTIME_IN_LANE, HEDDLE_NO_LANE_ENTRY, HEDDLE_LANE_START_FAILED, and as `register` does.
   */
  start: async (given: ThreadedRuntimeOptions = {}): Promise<Runtime> => {
    assertOutsideLanes()
    const options = checkOptions(given, KNOWN)
    const lanes = checkCount('lanes', options.lanes ?? availableParallelism(), {
      most: MOST_LANES,
    })
    const entry = checkEntry(options.laneEntry ?? LANE_ENTRY)
    const limits = { heapMb: checkHeap(options.laneHeapMb), env: checkEnv(options.laneEnv) }
    return Runtime.start(options, {
      lanes,
      mainLane: true,
      toolEnv: limits.env,
      check: checkForThreads,
      open: (settings) => {
        const startMs = Math.max(START_MS, settings.setupDeadlineMs)
        return (index, _generation, events) =>
          openThreadLane({ entry, settings, limits, index, events, startMs })
      },
    })
  },
})

/** Checked before any thread starts: a thread could only report that it exited. */
function checkEntry(entry: URL): URL {
  if (!isUrl(entry) || entry.protocol !== 'file:') {
    throw invalidOption('laneEntry', entry, 'the URL of a file')
  }
  if (existsSync(entry)) return entry
  throw new HeddleError('HEDDLE_NO_LANE_ENTRY', { entry: entry.href })
}

/** With less, V8 ends the process before the thread begins. */
const LEAST_HEAP_MB = 4

function checkHeap(heapMb: number | undefined): number | undefined {
  return heapMb === undefined
    ? undefined
    : checkCount('laneHeapMb', heapMb, { least: LEAST_HEAP_MB })
}

function checkEnv(env: ThreadedRuntimeOptions['laneEnv'] = 'inherit') {
  if (env === 'inherit') return undefined
  const refusal = () => invalidOption('laneEnv', env, "'inherit' or a record of strings")
  const own = readSafely(() => (holdsByName(env) ? { ...env } : undefined), refusal)
  if (own === undefined || !Object.values(own).every((value) => typeof value === 'string')) {
    throw refusal()
  }
  return own
}
