/** Paths through a graph. */
import type { Edge } from './graph.ts'

/**
 * All nodes that can be reached from these, including themselves, along edges that may be taken and
 * not through `avoided`.
 */
export function reachable(
  from: Iterable<string>,
  edges: readonly Edge[],
  avoided?: string,
): Set<string> {
  const found = new Set<string>()
  const open = [...from].filter((name) => name !== avoided)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    for (const { from: source, to } of edges) if (source === name && to !== avoided) open.push(to)
  }
  return found
}

/** A cycle, with its first node repeated at its end; undefined when there is no cycle. */
export function cycleIn(nodes: readonly string[], edges: readonly Edge[]): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (name: string): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return undefined
    path.push(name)
    for (const { from, to } of edges) {
      const cycle = from === name ? visit(to) : undefined
      if (cycle !== undefined) return cycle
    }
    path.pop()
    done.add(name)
    return undefined
  }
  for (const name of nodes) {
    const cycle = visit(name)
    if (cycle !== undefined) return cycle
  }
  return undefined
}
