import { existsSync } from 'node:fs'
// Not by its name `createRequire`: programs that bundle this declare that one in a banner of their
// own.

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

/** What `ThreadedRuntime.start` can be told beside what every runtime can. */
export interface ThreadedRuntimeOptions extends RuntimeOptions {
  /**
   * How many worker threads run turns: at most 1,024. Default: one a core, as Node's
   * `availableParallelism` counts them.
   */
  readonly lanes?: number
  /**
   * The file that each lane's thread runs: what a bundler made of `heddle/lane`. Only for programs
   * that have heddle bundled in. Default: the one of this package.
   */
  readonly laneEntry?: URL
  /**
   * Mebibytes that each lane's heap may hold, at least 4; a lane that nears them is drained and
   * renewed. Best effort in Node: ArrayBuffers don't count. Default: as V8 chooses.
   */
  readonly laneHeapMb?: number
  /**
   * What lanes see as `process.env`: `inherit` (the default): a copy of the main thread's; or these
   * variables alone, `{}` for none. It keeps honest code from secrets; a thread is no sandbox.
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
 * A thread may take so many milliseconds to become a lane, or as many as a setup, if that is more.
 */
const START_MS = 30_000

/**
 * Turns on worker threads, the router here. What holds on the single-threaded runtime holds on this
 * one.
 */
export const ThreadedRuntime = Object.freeze({
  /**
   * Starts the lanes, and loads the agents on each. Rejects with HEDDLE_INVALID_OPTION,
   * HEDDLE_RUNTIME_IN_LANE, HEDDLE_NO_LANE_ENTRY, HEDDLE_LANE_START_FAILED, and with what
   * `register` rejects with.
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
      check: checkForThreads,
      open: (settings) => {
        const startMs = Math.max(START_MS, settings.setupDeadlineMs)
        return (index, _generation, events) =>
          openThreadLane({ entry, settings, limits, index, events, startMs })
      },
    })
  },
})

/** Asks before any thread does: a thread could only say that it exited. */
function checkEntry(entry: URL): URL {
  if (!isUrl(entry) || entry.protocol !== 'file:') {
    throw invalidOption('laneEntry', entry, 'the URL of a file')
  }
  if (existsSync(entry)) return entry
  throw new HeddleError('HEDDLE_NO_LANE_ENTRY', { entry: entry.href })
}

/** With less, V8 ends the process before a thread has begun. */
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
