import { openInProcessLane } from './in-process-lane.ts'
import type { RuntimeOptions } from './options.ts'
import { type LaneProvider, Runtime } from './runtime.ts'

/**
 * One thread, deterministic: the meaning of correct, and what unit tests use. The same router, ledger, mailboxes,
 * turns and commits as on lanes.
 */
export const SingleThreadedRuntime = Object.freeze({
  /** Rejects with HEDDLE_INVALID_OPTION and with what `register` rejects with. */
  start: (options: RuntimeOptions = {}): Promise<Runtime> => Runtime.start(options, ONE_LANE_HERE),
})

const ONE_LANE_HERE: LaneProvider = {
  lanes: 1,
  mainLane: false,
  check: () => {},
  open: (settings, clock) => {
    return (index, _generation, events) => openInProcessLane({ settings, index, clock, events })
  },
}
