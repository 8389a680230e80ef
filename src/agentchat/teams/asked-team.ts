/** A team that an agent asks: in a team that the agent takes part in, or alone. */
import { INLINE_MODULE } from '../../agents/agent-module.ts'
import { outsideTurns } from '../../agents/turn-context.ts'
import { systemClock } from '../../clock.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import { SingleThreadedRuntime } from '../../runtime/single-threaded-runtime.ts'
import { type AskedTeam, askedBy, type LoneEnd, type LoneTeam } from '../agents/asking.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import { Conversation } from '../conversations/conversation.ts'
import { savedIn } from '../conversations/kept-conversation.ts'
import { lastSaid } from '../conversations/manager-below.ts'
import { agentsOf } from '../conversations/member-agents.ts'
import type { TeamMember } from '../conversations/members.ts'
import {
  checkSavedConversation,
  type SavedConversation,
} from '../conversations/saved-conversation.ts'
import type { Flow } from '../flows/flow.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { RunItem, TaskResult } from '../runs/task.ts'
import { keepParts, membersAsked, partsOf } from './team-parts.ts'

/** `name`: what the agent knows it by. */
export function askedTeam(team: object, name: string): AskedTeam {
  return { team, alone: (agent) => new LoneConversation(membersAsked(agent, name, team)) }
}

const ONCE: Flow = Object.freeze({
  kind: 'once',
  initial: {},
  next: ({ why, speakers }) => {
    if (why.kind === 'spoke') {
      return { kind: 'stop', reason: { kind: 'completed', text: 'it has answered' } }
    }
    return { kind: 'speak', names: speakers.map(({ name }) => name) }
  },
} satisfies Flow)

/** An agent as a team whose run is one turn of it. */
export function oneAgent(agent: ChatAgent): object {
  const { name, description, produces } = agent
  const speakers = [{ name, description, produces, kind: 'chat-agent' as const }]
  const plan = {
    name,
    speakers,
    filters: new Map(),
    flow: ONCE,
    stopWhen: undefined,
    budget: {},
    ifBusy: 'refuse' as const,
  }
  const team = Object.freeze({})
  keepParts(team, {
    plan,
    clock: systemClock,
    participants: [agent],
    outputs: new Map(),
    depth: Math.max(0, ...[...askedBy(agent).values()].map((one) => partsOf(one.team).depth)),
    isOneAgent: true,
    limits: {},
  })
  return team
}

type LoneAsk = Parameters<LoneTeam['run']>[0]

/** What it keeps: the conversation, and what was said since it was last asked. */
interface SavedLone {
  readonly conversation: SavedConversation
  readonly said: readonly ChatMessage[]
}

/** What is done with the conversation before its next run. */
type Before =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'load'; readonly saved: SavedLone }

/** The conversation of a team with an agent that runs alone, on a runtime in this thread. */
class LoneConversation implements LoneTeam {
  readonly #member: TeamMember
  readonly #key: string
  #conversation: Conversation | undefined
  #runtime: Runtime | undefined
  #before: Before = { kind: 'nothing' }
  #said: readonly ChatMessage[] = []

  constructor(member: TeamMember) {
    this.#member = member
    this.#key = member.path
  }

  /** The agent may run within a turn, of which this runtime is no part. */
  run(asked: LoneAsk, show: (item: RunItem) => void, signal: AbortSignal): Promise<LoneEnd> {
    return outsideTurns(() => this.#run(asked, show, signal))
  }

  save(): SavedLone | null {
    const before = this.#before
    if (before.kind === 'load') return before.saved
    if (before.kind === 'reset' || this.#runtime === undefined) return null
    const conversation = savedIn(this.#runtime, this.#member, this.#key)
    return { conversation, said: this.#said }
  }

  load(saved: unknown): void {
    if (saved === null || saved === undefined) this.#before = { kind: 'reset' }
    else {
      checkSavedConversation(this.#member, Object(saved).conversation)
      this.#before = { kind: 'load', saved: saved as SavedLone }
    }
  }

  async #run(asked: LoneAsk, show: (item: RunItem) => void, signal: AbortSignal): Promise<LoneEnd> {
    const conversation = await this.#ready()
    if (!('answers' in asked)) {
      this.#said = []
      if (asked.afresh) await conversation.reset()
    }
    const options = 'answers' in asked ? { input: asked.answers } : { task: asked.messages }
    const given = 'answers' in asked ? [] : asked.messages
    const isGiven = (item: RunItem) => 'id' in item && given.some(({ id }) => id === item.id)
    let result: TaskResult | undefined
    for await (const item of conversation.runStream({ ...options, signal })) {
      if (item.kind === 'result') result = item
      else if (!isGiven(item)) show(item)
    }
    signal.throwIfAborted()
    return this.#endOf(result as TaskResult, isGiven)
  }

  async #ready(): Promise<Conversation> {
    const runtime = await this.#started()
    this.#conversation ??= new Conversation(this.#member, async () => runtime, this.#key)
    const before = this.#before
    this.#before = { kind: 'nothing' }
    if (before.kind !== 'nothing') {
      await this.#conversation.reset()
      this.#said = []
    }
    if (before.kind === 'load') {
      await this.#conversation.loadState(before.saved.conversation)
      this.#said = before.saved.said
    }
    return this.#conversation
  }

  async #started(): Promise<Runtime> {
    const agents = agentsOf(INLINE_MODULE, this.#member)
    this.#runtime ??= await SingleThreadedRuntime.start({ agents })
    return this.#runtime
  }

  #endOf({ messages, stopReason, usage }: TaskResult, isGiven: (item: RunItem) => boolean) {
    const { name } = this.#member
    const said = [...this.#said, ...messages.filter((one) => !isGiven(one))]
    this.#said = said
    if (stopReason.kind === 'input') return { outcome: stopReason, usage }
    if (stopReason.kind === 'failed') {
      return { outcome: { kind: 'failed' as const, reason: stopReason }, usage }
    }
    const message = lastSaid(said, { id: `${name}#${said.length}`, source: name, usage })
    return { outcome: { kind: 'message' as const, message }, said, usage }
  }
}
