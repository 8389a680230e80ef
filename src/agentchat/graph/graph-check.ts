/** Checks that every run of a graph ends, and that every node can be reached. */
import { isDeepStrictEqual } from 'node:util'
import { describe, HeddleError } from '../../errors.ts'
import { sentenceOf } from '../../option-rules.ts'
import { GRAPH } from './edge-rules.ts'
import type { Edge, Graph } from './graph.ts'
import { cycleIn, reachable } from './paths.ts'

/** Checks that a value from outside is a graph. Throws HEDDLE_INVALID_GRAPH. */
export function checkBuilt(graph: unknown): asserts graph is Graph {
  if (typeof Object(graph).build === 'function') {
    throw fault('it is a builder, and no graph yet: give what its build() returns', [])
  }
  const wrong = GRAPH.find(graph, '')
  if (wrong?.at === '') throw fault(`it is ${describe(graph)}, and must be ${wrong.must}`, [])
  if (wrong !== undefined) throw fault(sentenceOf(wrong), [])
  checkGraph(graph as Graph)
}

/** Throws HEDDLE_INVALID_GRAPH. */
export function checkGraph(graph: Graph): void {
  const { nodes, edges, entries } = graph
  if (nodes.length === 0) throw fault('it has no nodes', [])
  for (const { from, to } of edges) {
    const stranger = [from, to].find((name) => !nodes.includes(name))
    if (stranger !== undefined)
      throw fault(`an edge names '${stranger}', which is no node`, [from, to])
  }
  const stranger = entries.find((name) => !nodes.includes(name))
  if (stranger !== undefined)
    throw fault(`it begins at '${stranger}', which is no node`, [stranger])
  if (entries.length === 0) {
    throw fault('nothing says where it begins; name an entry', cycleIn(nodes, edges) ?? [])
  }
  const reached = reachable(entries, edges)
  const lost = nodes.find((name) => !reached.has(name))
  if (lost !== undefined) throw fault(`no way leads to '${lost}'`, [lost])
  for (const name of nodes) checkWaysOut(name, edges)
  checkGroups(edges)
  const endless = cycleIn(
    nodes,
    edges.filter(({ when, most }) => when === undefined && most === undefined),
  )
  if (endless !== undefined) {
    throw fault('nothing ends this cycle: give one of its edges a condition or a cap', endless)
  }
}

/** A cycle that only conditions can end, so it may never end. */
export function openCycleIn({ nodes, edges }: Graph): string[] | undefined {
  return cycleIn(
    nodes,
    edges.filter(({ most }) => most === undefined),
  )
}

function checkWaysOut(name: string, edges: readonly Edge[]): void {
  const out = edges.filter(({ from }) => from === name)
  const conditional = out.find(({ when }) => when !== undefined)
  const always = out.find(({ when }) => when === undefined)
  if (conditional !== undefined && always !== undefined) {
    const path = [always.to, name, conditional.to]
    throw fault(`of the edges out of '${name}' some have conditions and some have none`, path)
  }
  const twice = out.find((edge, at) => {
    return edge.when?.kind !== 'predicate' && out.findIndex((other) => isSame(edge, other)) < at
  })
  if (twice !== undefined) throw fault('an edge is drawn twice', [name, twice.to])
}

function isSame(one: Edge, other: Edge): boolean {
  if (one.to !== other.to || one.group !== other.group) return false
  return isDeepStrictEqual(one.when, other.when)
}

function checkGroups(edges: readonly Edge[]): void {
  const groups = Map.groupBy(edges, ({ to, group }) => JSON.stringify([to, group]))
  for (const group of groups.values()) {
    const [first] = group as [Edge, ...Edge[]]
    const other = group.find(({ activation }) => activation !== first.activation)
    if (other === undefined) continue
    const path = [first.from, first.to, other.from]
    throw fault(
      `edges of the group '${first.group}' do not agree: one waits for all, one for any`,
      path,
    )
  }
}

function fault(problem: string, path: readonly string[]): HeddleError {
  return new HeddleError('HEDDLE_INVALID_GRAPH', { problem, path })
}
