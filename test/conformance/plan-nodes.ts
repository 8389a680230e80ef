/** The messages of a plan by label: who sends what to whom. */
import type { Op } from '../fixtures/script.ts'
import type { Plan, Planned } from './plans.ts'

type Sent = Planned | (Op & { readonly op: 'publish' | 'ask' })

export interface PlanNode {
  readonly label: string
  readonly kind: 'publish' | 'request'
  /** A topic or an agent. */
  readonly to: string
  readonly key: string
  /** Whether it is a request to the own key, and so part of its caller's turn. */
  readonly nested: boolean
  /** The message in whose script it stands; undefined from outside. */
  readonly parent: PlanNode | undefined
  /** Its place in that script. */
  readonly place: number
  readonly toSelf: boolean
  readonly script: readonly Op[]
}

export function nodesOf(plan: Plan): Map<string, PlanNode> {
  const nodes = new Map<string, PlanNode>()
  const enter = (sent: Sent, parent: PlanNode | undefined, place: number): void => {
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
    const { label, to, script } = sent
    const node: PlanNode = { label, kind, to, key, nested, parent, place, toSelf, script }
    nodes.set(label, node)
    for (const [at, op] of script.entries()) {
      if (op.op === 'publish' || op.op === 'ask') enter(op, node, at)
    }
  }
  for (const [at, planned] of plan.entries()) enter(planned, undefined, at)
  return nodes
}

/** The messages that a message's script publishes, in order. */
export function publishedBy(node: PlanNode, nodes: ReadonlyMap<string, PlanNode>): PlanNode[] {
  return node.script.flatMap((op) => (op.op === 'publish' ? (nodes.get(op.label) as PlanNode) : []))
}

/** Which agents get a published message: `sender` as `a/k1`. */
export function recipientsOf({ to, key, toSelf }: PlanNode, sender: string | undefined): string[] {
  const topic = to.slice(0, to.indexOf('/'))
  const agents = topic === 'void' ? [] : [...topic]
  return agents.filter((agent) => toSelf || `${agent}/${key}` !== sender)
}
