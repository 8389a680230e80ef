/** Results and stop reasons for runs whose end the manager has not learned of. */
import { errorToRecord } from '../../errors.ts'
import { NO_USAGE } from '../../models/model.ts'
import type { StopReason } from '../../router/ledger/endings.ts'
import type { ChatStopReason, TaskResult } from '../runs/task.ts'

/** A run that ended before anything was said. */
export function nothingSaid(stopReason: ChatStopReason): TaskResult {
  return { kind: 'result', messages: [], stopReason, usage: NO_USAGE }
}

/** Why a run ended, where the manager has not learned of the end. */
export function reasonOf(
  end: StopReason,
  team: string,
  nameOf: (agent: string) => string,
): ChatStopReason {
  switch (end.kind) {
    case 'completed':
      return { kind: 'stalled', text: 'nothing runs any more, and nobody is to speak', waiting: [] }
    case 'cancelled':
      return { kind: 'cancelled', text: `cancelled: ${end.reason}`, reason: end.reason }
    case 'dead-letters': {
      const { first, agent } = end
      const source = agent === undefined ? team : nameOf(agent)
      const error =
        'error' in first
          ? first.error
          : errorToRecord(new Error(`it became a dead letter: ${first.kind}`))
      return {
        kind: 'failed',
        text: `a turn could not be handled: ${error.message}`,
        source,
        error,
      }
    }
    case 'dropped':
    case 'withdrawn': {
      const problem = end.kind === 'dropped' ? 'was dropped' : 'was cancelled'
      const error = errorToRecord(new Error(`a message of it ${problem}: ${end.first}`))
      return { kind: 'failed', text: error.message, source: team, error }
    }
    default: {
      const error = errorToRecord(new Error(`its runtime ended it: ${end.kind}`))
      return { kind: 'failed', text: error.message, source: team, error }
    }
  }
}
