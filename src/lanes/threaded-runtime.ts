import { availableParallelism } from 'node:os'
import { HeddleError, problemOf } from '../errors.ts'
import type { Registrable } from '../runtime/agent-module.ts'
import { checkCount, type RuntimeOptions } from '../runtime/options.ts'
import { Runtime } from '../runtime/runtime.ts'
import { isLaneThread } from './lane-mark.ts'
import { openThreadLane } from './thread-lane.ts'

export interface ThreadedRuntimeOptions extends RuntimeOptions {
  /** How many worker threads run turns. Default: one a core, as Node's `availableParallelism` counts them. */
  readonly lanes?: number
}

/** Turns on worker threads, the router here. What holds on the single-threaded runtime holds on this one. */
export const ThreadedRuntime = Object.freeze({
  /**
   * Starts the lanes, and loads the agents on each.
   * Rejects with HEDDLE_INVALID_OPTION, HEDDLE_RUNTIME_IN_LANE, HEDDLE_LANE_START_FAILED, and with what `register` rejects with.
   */
  start: async (options: ThreadedRuntimeOptions = {}): Promise<Runtime> => {
    if (isLaneThread()) throw new HeddleError('HEDDLE_RUNTIME_IN_LANE', {})
    const lanes = checkCount('lanes', options.lanes ?? availableParallelism())
    return Runtime.start(options, {
      lanes,
      mainLane: true,
      check: checkForThreads,
      open: (settings, clock) => {
        return (index, _generation, events) => openThreadLane({ settings, index, clock, events })
      },
    })
  },
})

const TEST_FILE = /\.(test|spec)\.[cm]?[jt]sx?$/

/** Refuses what no thread could load: at the call, and not in each lane. */
function checkForThreads(agent: Registrable): void {
  const { type } = agent.kind === 'registration' ? agent : agent.spec
  const { config, module = '' } =
    agent.kind === 'reference'
      ? agent.spec
      : { config: agent.config, module: agent.definition.module }
  if (TEST_FILE.test(module)) {
    throw new HeddleError('HEDDLE_AGENT_IN_TEST_FILE', { agent: type, module })
  }
  try {
    structuredClone(config)
  } catch (cause) {
    const fields = { agent: type, problem: problemOf(cause) }
    throw new HeddleError('HEDDLE_CONFIG_NOT_CLONEABLE', fields, { cause })
  }
}
