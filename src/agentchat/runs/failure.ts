/** How a failed turn ends its run. */
import { thrownText } from '../../describe.ts'
import { errorToRecord, HeddleError } from '../../errors.ts'
import { overBudget } from './budget.ts'
import type { ChatStopReason } from './task.ts'

/**
 * A failure as a stop reason. A turn that was cut by the run's budget ends the run with the budget
 * as the reason.
 */
export function failure(source: string, error: unknown): ChatStopReason {
  if (error instanceof HeddleError && error.code === 'HEDDLE_BUDGET') {
    const { what, limit } = error.fields as { what: 'tokens' | 'toolCalls'; limit: number }
    return overBudget(what, limit, limit)
  }
  const text = `${source} failed: ${thrownText(error)}`
  return { kind: 'failed', text, source, error: errorToRecord(error) }
}
