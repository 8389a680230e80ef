import { checkOptions, namesOf } from '../option-check.ts'
import type { LaneProvider } from '../wire/lane-handle.ts'
import { openInProcessLane } from './in-process-lane.ts'
import { Runtime } from './local-runtime.ts'
import { RUNTIME_OPTIONS, type RuntimeOptions } from './options.ts'

/**
 * The runtime on one thread: deterministic, the definition of correct behaviour, and the runtime
 * for unit tests. It has the same router, ledger, mailboxes, turns and commits as lanes.
 */
export const SingleThreadedRuntime = Object.freeze({
  /** Rejects with HEDDLE_INVALID_OPTION, and as `register` does. */
  start: async (options: RuntimeOptions = {}): Promise<Runtime> =>
    Runtime.start(checkOptions(options, KNOWN), ONE_LANE_HERE),
})

const KNOWN = namesOf<RuntimeOptions>(RUNTIME_OPTIONS)

const ONE_LANE_HERE: LaneProvider = {
  lanes: 1,
  mainLane: false,
  check: () => {},
  open: (settings, clock) => {
    return (index, _generation, events) => openInProcessLane({ settings, index, clock, events })
  },
}
