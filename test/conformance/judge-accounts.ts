/**
 * D4, judged at every record of the inspect stream, and at the end of a play from its records and
 * its history.
 */
import type { InspectRecord, RuntimeStats } from '../../src/index.ts'
import { isKept, lastCalls, withNested } from './history.ts'
import { type PlanNode, publishedBy, recipientsOf } from './plan-nodes.ts'
import type { Play } from './play.ts'

type Counts = Pick<
  RuntimeStats,
  'accepted' | 'handled' | 'deadLettered' | 'dropped' | 'cancelled' | 'inFlight'
>

/** The sum that holds at every moment. */
export function judgeSum(stats: Counts): void {
  const { accepted, handled, deadLettered, dropped, cancelled, inFlight } = stats
  const ends = handled + deadLettered + dropped + cancelled
  if (inFlight < 0 || accepted !== ends + inFlight) {
    throw new Error(`accepted ${accepted}, ended ${ends}, in flight ${inFlight}`)
  }
}

/** The counts grew by what the play's records say, and nothing is left in flight. */
export function judgeAccounts({ before, after, records }: Play): void {
  judgeSum(after)
  if (after.inFlight !== 0) throw new Error(`${after.inFlight} left in flight`)
  const said = countsIn(records)
  for (const name of ['accepted', 'handled', 'deadLettered', 'dropped', 'cancelled'] as const) {
    const counted = after[name] - before[name]
    if (counted !== said[name])
      throw new Error(`${name}: counted ${counted}, and recorded ${said[name]}`)
  }
}

function countsIn(records: readonly InspectRecord[]) {
  const counts = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0 }
  for (const record of records) {
    if (record.kind === 'accepted') counts.accepted++
    else if (record.kind === 'turn' && record.outcome === 'handled') counts.handled++
    else if (record.kind === 'dead-letter') counts.deadLettered++
    else if (record.kind === 'dropped') counts.dropped++
    else if (record.kind === 'cancelled') counts.cancelled++
  }
  return counts
}

/**
 * The counts agree with the handlers' history: each turn and each message without a turn counts
 * once. For plays in which no lane died.
 */
export function judgeCounts(
  { nodes, calls, before, after }: Play,
  dropped: ReadonlySet<string>,
): void {
  const last = lastCalls(calls)
  const counts = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0 }
  const publish = (node: PlanNode, sender: string | undefined) => {
    const recipients = dropped.has(node.label) ? [] : recipientsOf(node, sender)
    counts.accepted += Math.max(1, recipients.length)
    if (dropped.has(node.label)) counts.dropped++
    else if (recipients.length === 0) counts.deadLettered++
  }
  const ask = (node: PlanNode) => {
    counts.accepted++
    if (dropped.has(node.label)) counts.dropped++
  }
  for (const node of nodes.values()) {
    if (node.parent !== undefined) continue
    if (node.kind === 'publish') publish(node, undefined)
    else ask(node)
  }
  for (const call of last.flatMap(withNested)) {
    const node = nodes.get(call.label) as PlanNode
    if (isKept(call))
      for (const one of publishedBy(node, nodes)) publish(one, `${call.agent}/${call.key}`)
    for (const { event } of call.events) {
      if (event.at !== 'asked') continue
      const asked = nodes.get(event.label) as PlanNode
      if (!asked.nested) ask(asked)
    }
  }
  for (const { label, outcome } of last) {
    if (dropped.has(label)) throw new Error(`${label} was dropped, and ran`)
    if (outcome === 'done') counts.handled++
    else counts.deadLettered++
  }
  for (const name of ['accepted', 'handled', 'deadLettered', 'dropped', 'cancelled'] as const) {
    const counted = after[name] - before[name]
    if (counted !== counts[name]) {
      throw new Error(`${name}: counted ${counted}, and by the history ${counts[name]}`)
    }
  }
}
