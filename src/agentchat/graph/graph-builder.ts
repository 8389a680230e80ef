/** `graph()` and its builder: graphs are built node by node and edge by edge. */
import { isPlain } from '../../describe.ts'
import { describe, HeddleError } from '../../errors.ts'
import { firstWrong, type RulesOf, sentenceOf, strangeName } from '../../option-rules.ts'
import { EDGE_OPTIONS, NODE_OPTIONS } from './edge-rules.ts'
import type { Activation, Edge, EdgeCondition, EdgeOptions, Graph } from './graph.ts'
import { checkGraph } from './graph-check.ts'

/** A node by its name, or by the agent or team at the node. */
export type NodeName = string | { readonly name: string }

/** An edge before its node's activation is known. */
interface Drawn {
  readonly from: string
  readonly to: string
  readonly options: EdgeOptions
}

/**
 * Builds a graph, node by node and edge by edge. Each method throws HEDDLE_INVALID_GRAPH; `build`
 * throws it for faults that only the whole graph shows.
 */
export class GraphBuilder {
  readonly #nodes = new Map<string, Activation>()
  readonly #twice: string[] = []
  readonly #edges: Drawn[] = []
  readonly #entries: string[] = []

  /** Adds a node. `activation`: for its groups whose edges give none. Default `all`. */
  node(node: NodeName, options: { readonly activation?: Activation } = {}): this {
    const name = nameOf(node)
    checkGiven<typeof options>(`node '${name}'`, options, NODE_OPTIONS, [name])
    if (this.#nodes.has(name)) this.#twice.push(name)
    this.#nodes.set(name, options.activation ?? 'all')
    return this
  }

  /** Adds an edge from one node to another. Default: always taken. */
  edge(from: NodeName, to: NodeName, options: EdgeOptions = {}): this {
    const way = [nameOf(from), nameOf(to)] as const
    checkGiven(`the edge '${way[0]}' → '${way[1]}'`, options, EDGE_OPTIONS, way)
    this.#edges.push({ from: way[0], to: way[1], options })
    return this
  }

  /** Adds an edge for each key of `ways`. The edge is taken when the message contains the key. */
  branch(from: NodeName, ways: Readonly<Record<string, NodeName>>): this {
    const source = nameOf(from)
    if (typeof ways !== 'object' || ways === null || Array.isArray(ways) || !isPlain(ways)) {
      const must = 'an object whose values are nodes'
      throw fault(`the branches of '${source}' are ${describe(ways)}, and must be ${must}`, [
        source,
      ])
    }
    const branches = Object.entries(ways)
    if (branches.length === 0) throw fault(`the branches of '${source}' lead nowhere`, [source])
    for (const [text, to] of branches) this.edge(source, to, { when: text })
    return this
  }

  /** Names a node where a run begins. Default: the nodes that no edge leads to. */
  entry(node: NodeName): this {
    this.#entries.push(nameOf(node))
    return this
  }

  /** Throws HEDDLE_INVALID_GRAPH, with the nodes that show the fault. */
  build(): Graph {
    const [twice] = this.#twice
    if (twice !== undefined) throw fault(`two nodes are called '${twice}'`, [twice])
    const nodes = [...this.#nodes.keys()]
    const edges = this.#edges.map((drawn) => this.#resolve(drawn))
    const free = nodes.filter((name) => !edges.some(({ to }) => to === name))
    const entries = this.#entries.length > 0 ? [...new Set(this.#entries)] : free
    const graph: Graph = Object.freeze({ nodes, edges, entries })
    checkGraph(graph)
    return graph
  }

  #resolve({ from, to, options }: Drawn): Edge {
    const { when, group = to, most } = options
    const activation = options.activation ?? this.#nodes.get(to) ?? 'all'
    return { from, to, when: conditionOf(when), group, activation, most }
  }
}

/** Begins a graph. */
export function graph(): GraphBuilder {
  return new GraphBuilder()
}

function conditionOf(when: EdgeOptions['when']): EdgeCondition | undefined {
  if (typeof when === 'string') return { kind: 'contains', text: when }
  if (typeof when === 'function') return { kind: 'predicate', test: when }
  return when
}

function nameOf(node: NodeName): string {
  const name: unknown = typeof node === 'string' ? node : Object(node).name
  if (typeof name === 'string') return name
  throw fault(`a node is ${describe(node)}, and must be a name, an agent or a team`, [])
}

function checkGiven<Options>(
  what: string,
  options: unknown,
  rules: RulesOf<Options>,
  path: readonly string[],
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw fault(`the options of ${what} are ${describe(options)}, and must be an object`, path)
  }
  const wrong = strangeName(options, rules) ?? firstWrong(options, rules)
  if (wrong !== undefined) throw fault(sentenceOf(wrong, what), path)
}

function fault(problem: string, path: readonly string[]): HeddleError {
  return new HeddleError('HEDDLE_INVALID_GRAPH', { problem, path })
}
