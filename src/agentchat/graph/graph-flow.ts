/**
 * Runs a graph in steps. In each step all nodes that are ready speak at the same time.
 *
 * A taken edge leaves a token. A group `any` is ready with its first token. A group `all` is ready
 * when it has a token and none of its other edges can still be taken: the edge's source can't be
 * reached any more from a node that is ready or holds a token, except through the waiting node
 * itself. So a join does not wait for branches that were not chosen, a loop's head does not wait
 * for its own end, and an edge that is taken twice counts for itself alone. Joins that wait for
 * each other go on in the order of the nodes.
 */
import { type RulesOf, ruleThat } from '../../option-rules.ts'
import type { Flow, FlowContext, Next } from '../flows/flow.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { isTaken } from './edge-condition.ts'
import type { Edge, Graph } from './graph.ts'
import { checkBuilt, openCycleIn } from './graph-check.ts'
import { reachable } from './paths.ts'

/** What a graph keeps of its run: plain data. Edges are given by their index in the graph. */
export interface GraphRun {
  /** The nodes that were asked to speak and have not spoken yet. */
  step: string[]
  /** The edges that were taken and whose nodes have not run since. */
  tokens: number[]
  /** How often each edge was taken, and each node spoke. */
  taken: number[]
  ran: Record<string, number>
  /** The last step, and how often it has repeated without a change. */
  same: { text: string; times: number }
  hasBegun: boolean
}

/** The options of `graphFlow`. */
export interface GraphFlowOptions {
  /**
   * How often a step may say the same before the run ends as `no-progress`: at least 2, or
   * `Infinity` for a node that polls. Default 3.
   */
  readonly sameSteps?: number
}

const SAME_STEPS = 3

const RULES: RulesOf<GraphFlowOptions> = {
  sameSteps: ruleThat('at least 2', (times) => typeof times === 'number' && times >= 2),
}

/**
 * The flow of a graph. Its nodes are all the participants. Throws HEDDLE_INVALID_GRAPH for a value
 * that `build` did not give, HEDDLE_INVALID_TEAM for wrong options.
 */
export function graphFlow(graph: Graph, options: GraphFlowOptions = {}): Flow {
  checkBuilt(graph)
  checkOptions<GraphFlowOptions>('team', options, RULES, 'graphFlow')
  const { sameSteps = SAME_STEPS } = options
  return Object.freeze({
    kind: 'graph',
    initial: { ...newRun(graph) },
    // the state refers to edges by their index in it
    shape: graph.edges.map(({ from, to }) => `${from} → ${to}`),
    check: (speakers, { isBounded }) => {
      const names = speakers.map(({ name }) => name)
      const absent = graph.nodes.find((name) => !names.includes(name))
      if (absent !== undefined)
        throw refuseChat('team', `its graph has a node '${absent}', who does not take part`)
      const outside = names.find((name) => !graph.nodes.includes(name))
      if (outside !== undefined)
        throw refuseChat('team', `'${outside}' takes part, and is no node of its graph`)
      const cycle = openCycleIn(graph)
      if (cycle === undefined || isBounded) return
      const path = cycle.join(' → ')
      throw refuseChat(
        'team',
        `its graph may go round for ever (${path}): cap an edge, or give the team a condition or a budget of turns`,
      )
    },
    next: (context: FlowContext) => new GraphStep(graph, context, sameSteps).next(),
  } satisfies Flow)
}

function newRun({ edges }: Graph): GraphRun & Record<string, never> {
  const run: GraphRun = {
    step: [],
    tokens: [],
    taken: edges.map(() => 0),
    ran: {},
    same: { text: '', times: 0 },
    hasBegun: false,
  }
  return run as GraphRun & Record<string, never>
}

class GraphStep {
  readonly #graph: Graph
  readonly #context: FlowContext
  readonly #run: GraphRun
  readonly #sameSteps: number

  constructor(graph: Graph, context: FlowContext, sameSteps: number) {
    this.#sameSteps = sameSteps
    this.#graph = graph
    this.#context = context
    this.#run = context.state as unknown as GraphRun
  }

  next(): Next {
    const { why } = this.#context
    if (why.kind === 'task' || !this.#run.hasBegun) return this.#begin()
    if (why.kind === 'spoke') {
      const stuck = this.#takeIn(why.messages)
      if (stuck !== undefined) return stuck
    } else if (this.#run.step.length > 0) return this.#speak(this.#run.step)
    const ready = this.#ready()
    return ready.length > 0 ? this.#speak(ready) : this.#complete()
  }

  #begin(): Next {
    Object.assign(this.#run, newRun(this.#graph), { hasBegun: true })
    return this.#speak(this.#graph.nodes.filter((name) => this.#graph.entries.includes(name)))
  }

  /** Lets these nodes speak. The tokens of the groups that made them ready are used up. */
  #speak(names: readonly string[]): Next {
    this.#run.step = [...names]
    return { kind: 'speak', names }
  }

  /**
   * Takes the edges out of the nodes that have spoken. Each node goes by its own message, whatever
   * source the message names.
   */
  #takeIn(messages: readonly ChatMessage[]): Next | undefined {
    const run = this.#run
    const { step } = run
    // All predicates run before any state changes: after one that throws, the run goes on from
    // here.
    const ways = step.map((name, at) => this.#waysOut(name, messages[at]))
    run.step = []
    for (const name of step) run.ran[name] = (run.ran[name] ?? 0) + 1
    for (const place of ways.flat()) {
      run.taken[place] = (run.taken[place] ?? 0) + 1
      if (!run.tokens.includes(place)) run.tokens.push(place)
    }
    return this.#noProgress(step, messages)
  }

  /** The edges that a node's message takes, as indices. */
  #waysOut(name: string, message: ChatMessage | undefined): number[] {
    if (message === undefined) return []
    return [...this.#graph.edges.entries()].flatMap(([place, edge]) => {
      return edge.from === name && this.#mayTake(place) && isTaken(edge, message) ? place : []
    })
  }

  #noProgress(step: readonly string[], messages: readonly ChatMessage[]): Next | undefined {
    const text = JSON.stringify([step, messages.map(textOf)])
    const { same } = this.#run
    this.#run.same = { text, times: same.text === text ? same.times + 1 : 1 }
    if (this.#run.same.times < this.#sameSteps) return undefined
    const why = `${step.join(', ')} said the same ${this.#sameSteps} times in a row`
    return { kind: 'stop', reason: { kind: 'no-progress', speakers: [...step], text: why } }
  }

  #mayTake(place: number): boolean {
    const { most } = this.#graph.edges[place] as Edge
    return most === undefined || (this.#run.taken[place] ?? 0) < most
  }

  /** The nodes that are ready, in the order of the nodes. Their tokens are used up. */
  #ready(): string[] {
    const { nodes } = this.#graph
    const holding = nodes.filter((name) =>
      this.#groupsOf(name).some((group) => this.#hasToken(group)),
    )
    let ready = holding.filter((name) => this.#useUp(name, holding))
    const [first] = holding
    if (ready.length === 0 && first !== undefined) {
      this.#useUp(first, [])
      ready = [first]
    }
    return ready
  }

  /** Whether a group of the node is ready. If so, its tokens are removed. */
  #useUp(name: string, active: readonly string[]): boolean {
    const groups = this.#groupsOf(name).filter((group) => this.#isReady(group, active))
    const used = new Set(groups.flat())
    this.#run.tokens = this.#run.tokens.filter((place) => !used.has(place))
    return groups.length > 0
  }

  /** `active`: nodes that are ready, or may become so. */
  #isReady(group: readonly number[], active: readonly string[]): boolean {
    if (!this.#hasToken(group)) return false
    const { edges } = this.#graph
    const { to, activation } = edges[group[0] as number] as Edge
    if (activation === 'any') return true
    const open = edges.filter((_, place) => this.#mayTake(place))
    const coming = reachable(active, open, to)
    return group.every((place) => {
      const isTaken = this.#run.tokens.includes(place)
      return isTaken || !this.#mayTake(place) || !coming.has((edges[place] as Edge).from)
    })
  }

  #hasToken(group: readonly number[]): boolean {
    return group.some((place) => this.#run.tokens.includes(place))
  }

  /** The edges into a node, by group, as indices. */
  #groupsOf(name: string): number[][] {
    const groups = new Map<string, number[]>()
    for (const [place, { to, group }] of this.#graph.edges.entries()) {
      if (to !== name) continue
      groups.set(group, [...(groups.get(group) ?? []), place])
    }
    return [...groups.values()]
  }

  #complete(): Next {
    const neverRan = this.#graph.nodes.filter((name) => this.#run.ran[name] === undefined)
    this.#run.hasBegun = false
    const but = neverRan.length === 0 ? '' : `; never ran: ${neverRan.join(', ')}`
    const reason = { kind: 'completed' as const, text: `the graph is done${but}` }
    return { kind: 'stop', reason: neverRan.length === 0 ? reason : { ...reason, neverRan } }
  }
}
