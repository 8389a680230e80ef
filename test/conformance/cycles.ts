/** Which requests of a plan would close a cycle of waits (D9). */
import type { PlanNode } from './plan-nodes.ts'

/**
 * The agents that wait while the message's turn runs, as `a/k1`: the outermost first, its own last.
 * A published message must be for one agent.
 */
function chainOf(node: PlanNode): string[] {
  const above = node.parent === undefined || node.kind === 'publish' ? [] : chainOf(node.parent)
  return [...above, node.to]
}

/** The cycle that a request closes with its own chain, or undefined. */
export function cycleOf(node: PlanNode): string[] | undefined {
  const chain = chainOf(node)
  const waiting = chain.slice(0, -1)
  const isOwn = node.parent?.key === node.key
  const isClosed = waiting.some(
    (name) => name === node.to || (!isOwn && name.endsWith(`/${node.key}`)),
  )
  return isClosed ? chain : undefined
}
