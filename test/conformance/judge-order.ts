/** D1, judged from a history: one turn at a time for a key, in order. */
import { type Call, firstCalls, lastCalls, withNested } from './history.ts'
import { type PlanNode, publishedBy, recipientsOf } from './plan-nodes.ts'
import type { Play } from './play.ts'
import { acceptedIn } from './records.ts'

/**
 * No two turns of a key run at once. A nested request runs within its caller's turn, and each
 * caller has one nested request at a time.
 */
export function judgeSerial({ calls }: Play): void {
  const roots = calls.filter(({ parent }) => parent === undefined)
  for (const [key, turns] of Map.groupBy(roots, (call) => call.key)) {
    for (const [at, turn] of turns.entries()) {
      const next = turns[at + 1]
      const last = lastPlace(turn)
      if (next !== undefined && last > next.begin) {
        throw new Error(`${key}: ${nameOf(next)} began before ${nameOf(turn)} was over`)
      }
    }
  }
  for (const call of calls) {
    if (call.parent === undefined) continue
    if (call.begin < call.parent.begin) throw new Error(`${nameOf(call)} outside of its caller`)
    const siblings = call.parent.children
    const next = siblings[siblings.indexOf(call) + 1]
    if (next !== undefined && lastPlace(call) > next.begin) {
      throw new Error(`${nameOf(next)} nested while ${nameOf(call)} was`)
    }
  }
}

/**
 * The last place of a turn. What is nested in the turn belongs to it, even if the caller did not
 * wait.
 */
function lastPlace(turn: Call): number {
  const places = withNested(turn).map(({ begin, end, events }) => {
    return end ?? events.at(-1)?.place ?? begin
  })
  return Math.max(...places)
}

/**
 * Turns of a key start in the order of acceptance. Where lanes die, this holds for the first starts
 * of deliveries, and for the last ones.
 */
export function judgeOrder({ calls, records, lost }: Play): void {
  const order = new Map(acceptedIn(records).map((id, at) => [id, at]))
  const orderOf = (call: Call): number => {
    const at = order.get(call.id)
    if (at === undefined) throw new Error(`${nameOf(call)} ran and was never accepted`)
    return at
  }
  const last = lastCalls(calls).filter(({ id }) => !lost.has(id))
  for (const starts of [firstCalls(calls), last]) {
    for (const [key, turns] of Map.groupBy(starts, (call) => call.key)) {
      for (const [at, turn] of turns.entries()) {
        const next = turns[at + 1]
        if (next !== undefined && orderOf(turn) > orderOf(next)) {
          throw new Error(
            `${key}: ${nameOf(turn)} ran before ${nameOf(next)}, and was accepted after it`,
          )
        }
      }
    }
  }
}

/**
 * Messages from one key to another, and from outside to a key, start in the order in which they
 * were published.
 */
export function judgePairs({ nodes, calls, lost }: Play): void {
  const last = lastCalls(calls).filter(({ id }) => !lost.has(id))
  const sent = new Map<string, string[]>()
  const send = (from: string, node: PlanNode, sender: string | undefined) => {
    if (recipientsOf(node, sender).length === 0) return
    const pair = `${from} → ${node.key}`
    sent.set(pair, [...(sent.get(pair) ?? []), node.label])
  }
  for (const node of nodes.values()) {
    if (node.parent === undefined && node.kind === 'publish') send('outside', node, undefined)
  }
  for (const call of last) {
    if (call.outcome !== 'done') continue
    const node = nodes.get(call.label) as PlanNode
    const sender = `${call.agent}/${call.key}`
    for (const published of publishedBy(node, nodes)) send(call.key, published, sender)
  }
  for (const [pair, labels] of sent) {
    const [from, to] = pair.split(' → ')
    const got: string[] = []
    let message = ''
    for (const call of last) {
      const node = nodes.get(call.label) as PlanNode
      const isFrom =
        node.parent === undefined
          ? from === 'outside'
          : from === node.parent.key && !node.parent.nested
      if (call.key !== to || node.kind !== 'publish' || !isFrom) continue
      const id = call.id.slice(0, call.id.indexOf('@'))
      if (id !== message) got.push(call.label) // the other recipients follow at once
      message = id
    }
    if (!isWithin(got, labels)) {
      throw new Error(`${pair}: sent as ${labels.join(' ')}, and arrived as ${got.join(' ')}`)
    }
  }
}

/**
 * Whether `some` are among `all`, in the same order. Messages that never began are judged
 * elsewhere.
 */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  let at = 0
  for (const label of all) if (some[at] === label) at++
  return at === some.length
}

export function nameOf({ label, agent, key, attempt }: Call): string {
  return `${label} on ${agent}/${key} (attempt ${attempt})`
}
