/** A graph of who speaks after whom, as data, and the builder that makes it. */
import { isPlain } from '../../describe.ts'
import { describe, HeddleError } from '../../errors.ts'
import { firstWrong, type RulesOf, sentenceOf, strangeName } from '../../option-rules.ts'
import type { ChatMessage } from '../messages.ts'
import { EDGE_OPTIONS, NODE_OPTIONS } from './edge-rules.ts'
import { checkGraph } from './graph-check.ts'

/** When an edge is taken, by what its node has just said. */
export type EdgeCondition =
  /** The text of the message contains this, case and all. */
  | { readonly kind: 'contains'; readonly text: string }
  /** A field of a structured message equals this; a path as in `review.verdict`. */
  | {
      readonly kind: 'field'
      readonly path: string
      readonly equals: string | number | boolean | null
    }
  | {
      readonly kind: 'predicate'
      /**
       * Answers at once, with true or false; a run fails with HEDDLE_INVALID_GRAPH for anything else. Must depend on the message alone:
       * a run that is loaded elsewhere asks it there.
       */
      readonly test: (message: ChatMessage) => boolean
    }

/** Whether a node waits for all the edges of a group that can still be taken, or for one. */
export type Activation = 'all' | 'any'

/** One way from a node to the next. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Undefined: always taken. */
  readonly when: EdgeCondition | undefined
  /** Edges into a node that belong together. */
  readonly group: string
  readonly activation: Activation
  /** How often it is taken in a run, at most. Undefined: as often as it comes to it. */
  readonly most: number | undefined
}

/** What `graph()…build()` made. */
export interface Graph {
  /** In the order in which they were named; those that are ready at once speak in it. */
  readonly nodes: readonly string[]
  readonly edges: readonly Edge[]
  readonly entries: readonly string[]
}

/** How an edge differs from one that is always taken. */
export interface EdgeOptions {
  /** A text: the message contains it. A function, which must not be async: a predicate. */
  readonly when?: EdgeCondition | string | ((message: ChatMessage) => boolean)
  /** Default: all edges into the node are one group. */
  readonly group?: string
  /** Default: as its node says. All edges of a group must agree. */
  readonly activation?: Activation
  readonly most?: number
}

/** A node by its name, or by the agent or team that stands there. */
export type NodeName = string | { readonly name: string }

/** An edge before its node's activation is known. */
interface Drawn {
  readonly from: string
  readonly to: string
  readonly options: EdgeOptions
}

/** Draws a graph, node by node and edge by edge. Throws HEDDLE_INVALID_GRAPH, `build` for what shows in the whole graph alone. */
export class GraphBuilder {
  readonly #nodes = new Map<string, Activation>()
  readonly #twice: string[] = []
  readonly #edges: Drawn[] = []
  readonly #entries: string[] = []

  /** `activation`: of its groups whose edges say nothing. Default `all`. */
  node(node: NodeName, options: { readonly activation?: Activation } = {}): this {
    const name = nameOf(node)
    checkGiven<typeof options>(`node '${name}'`, options, NODE_OPTIONS, [name])
    if (this.#nodes.has(name)) this.#twice.push(name)
    this.#nodes.set(name, options.activation ?? 'all')
    return this
  }

  /** A way from one node to another. Default: always taken. */
  edge(from: NodeName, to: NodeName, options: EdgeOptions = {}): this {
    const way = [nameOf(from), nameOf(to)] as const
    checkGiven(`the edge '${way[0]}' → '${way[1]}'`, options, EDGE_OPTIONS, way)
    this.#edges.push({ from: way[0], to: way[1], options })
    return this
  }

  /** An edge for each text: taken when the message contains it. */
  branch(from: NodeName, ways: Readonly<Record<string, NodeName>>): this {
    const source = nameOf(from)
    if (typeof ways !== 'object' || ways === null || Array.isArray(ways) || !isPlain(ways)) {
      const must = 'an object from texts to nodes'
      throw fault(`the branches of '${source}' are ${describe(ways)}, and must be ${must}`, [
        source,
      ])
    }
    const texts = Object.entries(ways)
    if (texts.length === 0) throw fault(`the branches of '${source}' lead nowhere`, [source])
    for (const [text, to] of texts) this.edge(source, to, { when: text })
    return this
  }

  /** Where a run begins. Default: the nodes that no edge leads to. */
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
