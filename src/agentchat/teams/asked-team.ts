/** A team that an agent asks: in a team that the agent takes part in, or alone. */
import { INLINE_MODULE } from '../../agents/agent-module.ts'
import { systemClock } from '../../clock.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import { SingleThreadedRuntime } from '../../runtime/single-threaded-runtime.ts'
import type { AskedTeam, InnerAsk, LoneEnd, LoneTeam } from '../agents/asking.ts'
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
import { keepParts, membersAsked } from './team-parts.ts'

/** `name`: what the agent knows it by. */
export function askedTeam(team: object, name: string): AskedTeam {
  return { team, alone: (agent) => new LoneConversation(membersAsked(agent, name, team)) }
}

/** The key of the only conversation of a runtime. */
const KEY = 'alone'

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
    isOneAgent: true,
  })
  return team
}

/** What it keeps: the conversation, and what was said since it was last asked. */
interface SavedLone {
  readonly conversation: SavedConversation
  readonly said: readonly ChatMessage[]
}

/** The conversation of a team with an agent that runs alone, on a runtime in this thread. */
class LoneConversation implements LoneTeam {
  readonly #member: TeamMember
  readonly #runtime: Promise<Runtime>
  readonly #conversation: Conversation
  #started: Runtime | undefined
  /** What it was loaded with, until its next run. */
  #loaded: SavedLone | undefined
  #said: readonly ChatMessage[] = []

  constructor(member: TeamMember) {
    this.#member = member
    const agents = agentsOf(INLINE_MODULE, member)
    this.#runtime = SingleThreadedRuntime.start({ agents })
    this.#conversation = new Conversation(member, () => this.#runtime, KEY)
  }

  async run(
    asked: InnerAsk | { readonly answers: Readonly<Record<string, string>> },
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ): Promise<LoneEnd> {
    await this.#load()
    if (!('answers' in asked)) {
      this.#said = []
      if (asked.afresh) await this.#conversation.reset()
    }
    const options = 'answers' in asked ? { input: asked.answers } : { task: asked.messages }
    const given = 'answers' in asked ? [] : asked.messages
    const isGiven = (item: RunItem) => 'id' in item && given.some(({ id }) => id === item.id)
    let result: TaskResult | undefined
    for await (const item of this.#conversation.runStream({ ...options, signal })) {
      if (item.kind === 'result') result = item
      else if (!isGiven(item)) show(item)
    }
    signal.throwIfAborted()
    return this.#endOf(result as TaskResult, isGiven)
  }

  save(): SavedLone | null {
    if (this.#loaded !== undefined) return this.#loaded
    if (this.#started === undefined) return null
    return { conversation: savedIn(this.#started, this.#member, KEY), said: this.#said }
  }

  load(saved: unknown): void {
    this.#loaded = (saved ?? undefined) as SavedLone | undefined
    if (this.#loaded !== undefined) {
      checkSavedConversation(this.#member, this.#loaded.conversation)
    }
  }

  async #load(): Promise<void> {
    this.#started = await this.#runtime
    const loaded = this.#loaded
    if (loaded === undefined) return
    this.#loaded = undefined
    await this.#conversation.loadState(loaded.conversation)
    this.#said = loaded.said
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
