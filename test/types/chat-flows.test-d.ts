/** Who speaks next: flows, those of users, and graphs. */
import {
  type Activation,
  type ChatAgent,
  type ChatMessage,
  type Edge,
  type EdgeCondition,
  type EdgeOptions,
  type Flow,
  type FlowContext,
  type Graph,
  type GraphBuilder,
  type GraphFlowOptions,
  type GraphRun,
  graph,
  graphFlow,
  type MagenticOneOptions,
  type ModelClient,
  type ModelResult,
  magenticOne,
  mermaidOf,
  type Next,
  type NodeName,
  type Plain,
  roundRobin,
  type SavedConversation,
  type SelectorOptions,
  type Speaker,
  selector,
  swarm,
  type Team,
  type Thread,
  unbounded,
} from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

declare const model: ModelClient
declare const agent: ChatAgent
declare const team: Team

const leads: MagenticOneOptions = { model, maxTurns: 10 }
const chooses: SelectorOptions = {
  model,
  choose: (messages) => {
    exactly<readonly ChatMessage[]>()(messages)
    return messages.length === 0 ? 'a' : undefined
  },
  candidates: async (messages) => messages.map(({ source }) => source),
  repeats: 'allowed',
  context: unbounded(),
}
exactly<Flow>()(roundRobin())
exactly<Flow>()(swarm())
exactly<Flow>()(magenticOne(leads))
exactly<Flow>()(selector(chooses))
// @ts-expect-error a model leads
magenticOne({ maxTurns: 10 })
// @ts-expect-error a limit that does not exist
magenticOne({ model, turns: 10 })
// @ts-expect-error a speaker is chosen by name
selector({ model, choose: () => agent })
// @ts-expect-error or left to the model, and null is neither
selector({ model, choose: () => null })
// @ts-expect-error a list of names
selector({ model, candidates: () => 'a' })
// @ts-expect-error whether speakers repeat is said in words
selector({ model, repeats: true })

/** A flow of users infers what it is given. */
export const own: Flow = {
  kind: 'own',
  initial: { at: 0 },
  check: (speakers, { isBounded }) => {
    exactly<readonly Speaker[]>()(speakers)
    exactly<boolean>()(isBounded)
  },
  next: async (context) => {
    exactly<FlowContext>()(context)
    exactly<Thread>()(context.thread)
    exactly<ChatMessage[]>()(context.thread.read(1))
    exactly<Plain | undefined>()(context.state.at)
    context.state.at = 1
    context.emit({ kind: 'thought', source: context.team, content: 'hm' })
    const asked = { messages: [{ role: 'system', content: 'Who?' }] } as const
    exactly<ModelResult>()(await context.callModel(model, asked))
    // @ts-expect-error the flow's calls are known by the team's own key
    context.callModel(model, { ...asked, caller: { key: 'a', call: 1 } })
    // @ts-expect-error a flow shows events, and says messages by `says`
    context.emit(context.message('hello'))
    // @ts-expect-error its state is data
    context.state.at = new Date(0)
    // @ts-expect-error speakers are not changed
    context.speakers.pop()
    return { kind: 'speak', names: ['a'], says: [context.message('hello')], afresh: true }
  },
}
// @ts-expect-error a flow decides who is next
export const idle: Flow = { kind: 'own', initial: {} }
// @ts-expect-error a flow begins with data
export const odd: Flow = { ...own, initial: { at: new Date(0) } }
// @ts-expect-error a decision says what it is
export const bare: Flow = { ...own, next: () => ['a'] }
// @ts-expect-error a stop has a reason
export const mute: Next = { kind: 'stop' }

/** Both unions are closed: a new kind is an error here. */
export function textOfNext(next: Next): string {
  switch (next.kind) {
    case 'speak':
      return next.names.join()
    case 'stop':
      return next.reason.text
  }
}
export function textOfCause({ why }: FlowContext): string {
  switch (why.kind) {
    case 'task':
    case 'spoke':
      return why.messages.map(({ source }) => source).join()
    case 'goes-on':
      return ''
  }
}
export function textOfSpeaker(speaker: Speaker): string {
  switch (speaker.kind) {
    case 'chat-agent':
    case 'team':
      return speaker.name
  }
}

/** A graph is built in one chain, by names or by what stands at a node. */
const again: EdgeOptions = { when: 'again', most: 2, activation: 'any' }
const builder = graph().node('a').node(agent, { activation: 'any' }).edge(agent, 'a', again)
exactly<GraphBuilder>()(builder)
builder.edge('a', team, {
  when: (message) => {
    exactly<ChatMessage>()(message)
    return message.kind === 'stop'
  },
})
builder.edge('a', 'b', { when: { kind: 'field', path: 'review.passed', equals: true } })
builder.branch('a', { yes: 'b', no: agent }).entry('a')
const built = builder.build()
exactly<Graph>()(built)
const polls: GraphFlowOptions = { sameSteps: Number.POSITIVE_INFINITY }
exactly<Flow>()(graphFlow(built))
exactly<Flow>()(graphFlow(built, polls))
// @ts-expect-error an option that there is not
graphFlow(built, { steps: 3 })
// @ts-expect-error a graph is built before it is used
graphFlow(builder)
// @ts-expect-error a node has a name
builder.node({ agent })
// @ts-expect-error an edge leads somewhere
builder.edge('a')
// @ts-expect-error a predicate decides at once
builder.edge('a', 'b', { when: async () => true })
// @ts-expect-error a field is compared with a value, and not with a list
builder.edge('a', 'b', { when: { kind: 'field', path: 'tags', equals: ['x'] } })
// @ts-expect-error branches by text
builder.branch('a', ['b', 'c'])
// @ts-expect-error an option that does not exist
builder.node('a', { group: 'x' })
// @ts-expect-error a graph is not changed once it is built
built.nodes.push('c')
export const nodes: readonly NodeName[] = ['a', agent, team]
export function changed(edge: Edge): void {
  exactly<EdgeCondition | undefined>()(edge.when)
  exactly<number | undefined>()(edge.most)
  // @ts-expect-error nor are its edges
  edge.to = 'c'
}

export function textOfEdge(condition: EdgeCondition): string {
  switch (condition.kind) {
    case 'contains':
      return condition.text
    case 'field':
      exactly<string | number | boolean | null>()(condition.equals)
      return condition.path
    case 'predicate':
      return condition.test.name
  }
}
export function isReady(activation: Activation, tokens: number, edges: number): boolean {
  switch (activation) {
    case 'all':
      return tokens === edges
    case 'any':
      return tokens > 0
  }
}

/** What a flow keeps of its run is drawn as it was saved. */
export async function drawn(saved: SavedConversation, run: GraphRun): Promise<void> {
  exactly<string>()(mermaidOf(built))
  mermaidOf(built, run)
  mermaidOf(built, { ran: { a: 1 }, taken: [0] })
  mermaidOf(built, saved.manager.state.flow)
  // @ts-expect-error what is drawn is the flow's part of it
  mermaidOf(built, saved)
}
