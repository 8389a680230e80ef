/** Teams and their runs: tasks, results, why a run ended, and what is saved. */
import type { Writable } from 'node:stream'
import {
  type AskingTurn,
  type AskOptions,
  type BeginOptions,
  type Budget,
  type BudgetKind,
  type ChatAgent,
  type ChatMessage,
  type ChatStopReason,
  type Conversation,
  defineTeam,
  type EndedTeamRun,
  type IfBusy,
  type InputRequest,
  type MessageFilter,
  type ModelClient,
  type ModelMessage,
  maxMessages,
  type Participant,
  type PrintOptions,
  printRun,
  type RunItem,
  type RunOptions,
  roundRobin,
  type SavedConversation,
  type SavedMember,
  type SavedTeam,
  type SocietyOfMindOptions,
  type SourceFilter,
  societyOfMindAgent,
  type TaskInput,
  type TaskResult,
  type Team,
  type TeamOptions,
  TeamRunEnded,
  type TurnRunOptions,
  type Usage,
} from '../../src/agentchat/index.ts'
import { type AgentRegistration, type Runtime, SingleThreadedRuntime } from '../../src/index.ts'
import { exactly } from './equal.ts'

declare const agent: ChatAgent
declare const model: ModelClient
declare const runtime: Runtime
declare const turn: AskingTurn
declare const ended: EndedTeamRun

const source: SourceFilter = { source: 'user', last: 1 }
const filter: MessageFilter = { per: [source], scope: 'whole' }
const hears: Participant = { agent, filter }
const budget: Budget = { turns: 10, tokens: 1000 }
const options: TeamOptions = {
  name: 'desk',
  participants: [agent, hears],
  flow: roundRobin(),
  stopWhen: maxMessages(10),
  budget,
}
const desk = defineTeam(options)
exactly<Team>()(desk)
exactly<Team>()(defineTeam(import.meta.url, { ...options, participants: [desk, agent] }))
exactly<readonly AgentRegistration[]>()(desk.agents)
void SingleThreadedRuntime.start({ agents: desk.agents })
// @ts-expect-error a flow decides who speaks
defineTeam({ name: 'desk', participants: [agent] })
// @ts-expect-error a team has participants
defineTeam({ name: 'desk', flow: roundRobin() })
// @ts-expect-error a module comes with options
defineTeam(import.meta.url)
// @ts-expect-error an option that does not exist
defineTeam({ ...options, maxTurns: 10 })
// @ts-expect-error participants are agents, and not their names
defineTeam({ ...options, participants: ['a'] })
// @ts-expect-error a filter belongs to an agent
defineTeam({ ...options, participants: [{ filter }] })
// @ts-expect-error a flow is made by its function
defineTeam({ ...options, flow: roundRobin })
// @ts-expect-error a limit that does not exist
defineTeam({ ...options, budget: { calls: 10 } })
exactly<Team>()(defineTeam({ ...options, limit: 'openai', turnTimeoutMs: 60_000 }))
// @ts-expect-error a limit has its size on the runtime
defineTeam({ ...options, limit: 4 })
// @ts-expect-error a scope that does not exist
export const odd: MessageFilter = { scope: 'all' }
// @ts-expect-error a filter of nobody
export const nobody: SourceFilter = { last: 1 }
// @ts-expect-error options are not changed
options.participants.push(agent)

const minds: SocietyOfMindOptions = { name: 'minds', team: desk, model }
exactly<ChatAgent>()(societyOfMindAgent(minds))
// @ts-expect-error one agent has one mind
societyOfMindAgent({ ...minds, team: agent })

/** A team has a conversation of its own; others are on a runtime, by key. */
export async function conversations(saved: SavedConversation): Promise<void> {
  const conversation = desk.conversation(runtime, 'a')
  exactly<Conversation>()(conversation)
  for (const one of [desk, conversation]) {
    exactly<TaskResult>()(await one.run({ task: 'go' }))
    for await (const item of one.runStream({ task: 'go' })) exactly<RunItem>()(item)
    exactly<SavedConversation>()(await one.saveState())
    await one.pause()
    exactly<void>()(one.resume())
    await one.stop()
    await one.reset()
    await one.loadState(saved)
  }
  exactly<string>()(conversation.key)
  const ask: AskOptions = { task: 'go', deadlineMs: 1_000, signal: AbortSignal.abort() }
  const begin: BeginOptions = { task: 'go', ifBusy: 'interrupt', tell: 'desk/a' }
  const options: TurnRunOptions = { input: 'yes' }
  exactly<TaskResult>()(await desk.ask(turn, 'a', { ...ask, ...options }))
  exactly<void>()(desk.begin(turn, 'a', begin))
  exactly<string>()(TeamRunEnded(ended).payload.team)
  // @ts-expect-error nobody would hear of the end
  desk.begin(turn, 'a', { task: 'go' })
  const ifBusy: IfBusy = 'steer'
  await desk.run({ task: 'go', ifBusy })
  // @ts-expect-error a word that there is not
  await desk.run({ ifBusy: 'later' })
  exactly<Readonly<Record<string, SavedMember>>>()(saved.speakers)
  for (const one of Object.values(saved.speakers)) {
    if ('manager' in one) exactly<SavedTeam>()(one)
    else exactly<readonly ModelMessage[]>()(one.history)
  }
  exactly<readonly ChatMessage[]>()(saved.manager.thread)
  // @ts-expect-error a conversation belongs to a runtime
  desk.conversation('a')
  // @ts-expect-error what is loaded was saved
  await desk.loadState({ version: 1 })
  // @ts-expect-error what was saved is not changed
  saved.version = 2
  // @ts-expect-error a result is not either
  if (conversation.key) (await desk.run()).messages.pop()
}

/** A task may be frozen, all the way down, as all messages are that a run gives. */
const history = [
  { kind: 'text', id: '1', source: 'user', content: 'What is this?' },
  {
    kind: 'multimodal',
    id: '2',
    source: 'user',
    content: [{ kind: 'image-url', url: 'https://example.org/cat.png' }],
  },
  {
    kind: 'handoff',
    id: '3',
    source: 'user',
    target: 'a',
    content: 'go on',
    context: [{ role: 'user', source: 'user', content: 'before' }],
  },
] as const
export const tasks: readonly TaskInput[] = [history, history[1], 'a text']
export const runs: readonly RunOptions[] = [
  {},
  { task: history },
  { input: 'yes' },
  { input: { '1': 'yes' }, signal: AbortSignal.abort() },
]
// @ts-expect-error a message has a source
export const anonymous: TaskInput = { kind: 'text', id: '1', content: 'go' }
// @ts-expect-error several tasks are one list of messages
export const several: TaskInput = ['go', 'and come back']
// @ts-expect-error answers are texts
export const numbers: RunOptions = { input: { '1': 2 } }
// @ts-expect-error an option left out is not the option undefined
export const withoutTask: RunOptions = { task: undefined }

/** What a stream yields is told by `kind`: the result comes last. */
export function resultOf(item: RunItem): TaskResult | undefined {
  if (item.kind !== 'result') {
    exactly<string>()(item.source)
    return undefined
  }
  exactly<TaskResult>()(item)
  exactly<Usage>()(item.usage)
  return item
}

export async function printed(out: Writable): Promise<void> {
  const print: PrintOptions = { out, colours: 'never', totals: 'hidden' }
  exactly<TaskResult>()(await printRun(desk.runStream({ task: 'go' }), print))
  // @ts-expect-error a run is printed from its stream
  await printRun(desk.run({ task: 'go' }))
  // @ts-expect-error a run is printed from its stream, and not from its messages
  await printRun(['a text'])
  // @ts-expect-error colours are chosen in words
  await printRun(agent.runStream(), { colours: false })
}

/** Every kind of end is named: a new one is an error here. */
export function figureOf(reason: ChatStopReason): number {
  exactly<string>()(reason.text)
  switch (reason.kind) {
    case 'budget':
      exactly<BudgetKind>()(reason.what)
      return reason.used / reason.limit
    case 'condition':
      return reason.conditions.length
    case 'input':
      exactly<readonly InputRequest[]>()(reason.requests)
      return reason.requests.length
    case 'completed':
      return reason.neverRan?.length ?? 0
    case 'no-progress':
      return reason.speakers.length
    case 'stalled':
      return reason.waiting.length
    case 'failed':
      exactly<string>()(reason.error.message)
      return 0
    case 'cancelled':
      return reason.reason.length
    case 'stopped':
      return 0
  }
}
/** Each limit of a budget is a kind, and each kind a limit. */
export function limitOf(kind: BudgetKind): number | undefined {
  exactly<BudgetKind>()({} as keyof Budget)
  return budget[kind]
}
// @ts-expect-error a stop reason is a sentence, too
export const wordless: ChatStopReason = { kind: 'stopped' }
export function asked(request: InputRequest, reason: ChatStopReason): void {
  // @ts-expect-error a request is not changed
  request.id = '2'
  // @ts-expect-error nor is a reason
  reason.text = ''
}
