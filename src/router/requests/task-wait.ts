/**
 * A turn that waits for a task: a turn of an agent on the main thread that has started it there.
 *
 * Invariant: D9, the turn's key is in the graph of waits for as long as the turn waits.
 */
import type { Clock } from '../../clock.ts'
import { HeddleError } from '../../errors.ts'
import type { Key } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Task } from '../ledger/task.ts'
import { cycleOf, type Wait } from '../ledger/wait-graph.ts'

/**
 * Begins the wait of the turn in this slot; the returned function ends it. Throws
 * HEDDLE_REQUEST_CYCLE when the task could not end before the turn has.
 */
export function awaitTask(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  slot: number,
  task: Task,
): () => void {
  const asking = ledger.at(slot)
  const key = asking.home as Key // the delivery is posted
  const [first] = ledger.ofTask(task)
  const target = {
    kind: 'task' as const,
    keys: () => ledger.ofTask(task).flatMap(({ home }) => home ?? []),
    name: first === undefined ? `task ${task.id}` : `${first.agent}/${first.key}`,
  }
  const wait: Wait = { by: `${asking.agent}/${asking.key}`, target, since: clock.now() }
  const cycle = cycleOf(key, wait.by, target)
  if (cycle !== undefined) throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle })
  key.beginWait(wait)
  task.awaited++
  return () => {
    key.endWait(wait)
    task.awaited--
  }
}
