/** The messages of a plan by label, with their senders and recipients. */
import type { Op } from '../fixtures/script.ts'
import type { Plan, Planned } from './plans.ts'

type Sent = Planned | (Op & { readonly op: 'publish' | 'ask' })

export interface PlanNode {
  readonly label: string
  readonly kind: 'publish' | 'request'
  /** A topic or an agent. */
  readonly to: string
  readonly key: string
  /** Whether it is a request to its caller's key, and so part of that turn. */
  readonly nested: boolean
  /** The message whose script sends this one; undefined for a message from outside. */
  readonly parent: PlanNode | undefined
  readonly toSelf: boolean
  /** Whether the caller goes on before the reply. */
  readonly later: boolean
  readonly script: readonly Op[]
}

export function nodesOf(plan: Plan): Map<string, PlanNode> {
  const nodes = new Map<string, PlanNode>()
  const enter = (sent: Sent, parent: PlanNode | undefined): void => {
    const kind =
      'kind' in sent
        ? sent.kind === 'send'
          ? 'request'
          : 'publish'
        : sent.op === 'ask'
          ? 'request'
          : 'publish'
    const key = sent.to.slice(sent.to.indexOf('/') + 1)
    const nested = kind === 'request' && parent?.key === key
    const toSelf = 'toSelf' in sent && sent.toSelf
    const later = 'when' in sent && sent.when === 'later'
    const { label, to, script } = sent
    const node: PlanNode = { label, kind, to, key, nested, parent, toSelf, later, script }
    nodes.set(label, node)
    for (const op of script) if (op.op === 'publish' || op.op === 'ask') enter(op, node)
  }
  for (const planned of plan) enter(planned, undefined)
  return nodes
}

/** The messages that a message's script publishes, in order. */
export function publishedBy(node: PlanNode, nodes: ReadonlyMap<string, PlanNode>): PlanNode[] {
  return node.script.flatMap((op) => (op.op === 'publish' ? (nodes.get(op.label) as PlanNode) : []))
}

/** The agents that get a published message. `sender` is an id such as `a/k1`. */
export function recipientsOf({ to, key, toSelf }: PlanNode, sender: string | undefined): string[] {
  const topic = to.slice(0, to.indexOf('/'))
  const agents = topic === 'void' ? [] : [...topic]
  return agents.filter((agent) => toSelf || `${agent}/${key}` !== sender)
}
