/** A graph as a picture: text for Mermaid (https://mermaid.js.org/syntax/flowchart.html). */
import { isRecord } from '../../describe.ts'
import type { Plain } from '../../messages/plain.ts'
import { invalidOption } from '../../option-check.ts'
import { nameOfCondition } from './edge-condition.ts'
import type { Edge, Graph } from './graph.ts'
import { checkBuilt } from './graph-check.ts'
import type { GraphRun } from './graph-flow.ts'

/**
 * Draws a graph. Given what its flow keeps of a run (`saved.manager.state.flow`), it also shows how
 * often each node spoke and each edge was taken. Nodes and edges that never ran are dashed. Throws
 * HEDDLE_INVALID_GRAPH for a graph that `build` did not return, and HEDDLE_INVALID_OPTION for a
 * value that is not a run of the graph.
 */
export function mermaidOf(
  graph: Graph,
  run?: Pick<GraphRun, 'ran' | 'taken'> | Readonly<Record<string, Plain>>,
): string {
  checkBuilt(graph)
  if (run !== undefined && !isRun(run)) {
    throw invalidOption('run', run, 'what its flow keeps of a run: saved.manager.state.flow')
  }
  const idOf = (name: string) => `n${graph.nodes.indexOf(name)}`
  const lines = ['flowchart TD']
  for (const name of graph.nodes) {
    const times = run?.ran[name]
    const label = quoted(times === undefined ? name : `${name} ×${times}`)
    lines.push(`  ${idOf(name)}${graph.entries.includes(name) ? `([${label}])` : `[${label}]`}`)
  }
  for (const [place, edge] of graph.edges.entries()) {
    const label = labelOf(edge, run?.taken[place])
    const arrow = run !== undefined && !run.taken[place] ? '-.->' : '-->'
    const text = label === '' ? '' : `|${quoted(label)}|`
    lines.push(`  ${idOf(edge.from)} ${arrow}${text} ${idOf(edge.to)}`)
  }
  const silent = run === undefined ? [] : graph.nodes.filter((name) => run.ran[name] === undefined)
  if (silent.length > 0) {
    lines.push('  classDef silent stroke-dasharray: 4')
    lines.push(`  class ${silent.map(idOf).join(',')} silent`)
  }
  return `${lines.join('\n')}\n`
}

function isRun(run: unknown): run is Pick<GraphRun, 'ran' | 'taken'> {
  return isRecord(run) && isRecord(run.ran) && Array.isArray(run.taken)
}

function labelOf({ when, most }: Edge, taken: number | undefined): string {
  const parts = [
    when === undefined ? '' : nameOfCondition(when),
    most === undefined ? '' : `at most ${most}`,
    taken === undefined || taken === 0 ? '' : `×${taken}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** Quotes, and other characters with a meaning in Mermaid, are written as entities. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["<>#&]/g, (sign) => `#${sign.codePointAt(0)};`)}"`
}
