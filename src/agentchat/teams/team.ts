/**
 * A team: agents that speak in the order of a flow. A definition; what is said in a conversation
 * belongs to the conversation.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import type { Clock } from '../../clock.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import type { Condition } from '../conditions/condition.ts'
import type { Conversation } from '../conversations/conversation.ts'
import type { Flow } from '../flows/flow.ts'
import type { MessageFilter } from '../machine/message-filter.ts'
import type { Budget } from '../runs/budget.ts'

/** A chat agent or a team, and what it hears of what the others say. Default: all. */
export interface Participant {
  readonly agent: ChatAgent | Team
  readonly filter: MessageFilter
}

/** What `defineTeam` is told. */
export interface TeamOptions {
  /** Letters, digits and `_ - .`; unique in a runtime: the agent type of its manager. */
  readonly name: string
  readonly description?: string
  readonly participants: readonly (ChatAgent | Team | Participant)[]
  /** Who speaks next. */
  readonly flow: Flow
  /** When a run ends, beside the flow's own end. */
  readonly stopWhen?: Condition
  readonly budget?: Budget
  /** Default: real time. */
  readonly clock?: Clock
}

/**
 * A team, and its own conversation on a runtime within this thread: `run` and what belongs to it.
 */
export interface Team
  extends Pick<
    Conversation,
    'run' | 'runStream' | 'reset' | 'pause' | 'resume' | 'stop' | 'saveState' | 'loadState'
  > {
  readonly kind: 'team'
  readonly name: string
  readonly description: string
  /** What a runtime needs for it: `ThreadedRuntime.start({ agents: team.agents })`. */
  readonly agents: readonly AgentRegistration[]
  /** How deep teams stand within it, itself counted. */
  readonly depth: number
  /**
   * The conversation of this key on a runtime where the team's agents are registered; the same
   * object as long as somebody has it.
   */
  conversation(runtime: Runtime, key: string): Conversation
}
