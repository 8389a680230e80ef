/** What a team's machine is made of, and what it is told and tells: by whoever drives it. */
import type { TurnEnd } from '../agents/agent-turn.ts'
import type { Spending } from '../agents/chat-agent.ts'
import type { Allowance } from '../agents/purse.ts'
import type { Condition } from '../conditions/condition.ts'
import type { Flow, Speaker, Thread } from '../flows/flow.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import type { Budget } from '../runs/budget.ts'
import type { MessageFilter } from './message-filter.ts'

/** A team as its machine knows it. */
export interface TeamPlan {
  readonly name: string
  readonly speakers: readonly Speaker[]
  readonly filters: ReadonlyMap<string, MessageFilter>
  readonly flow: Flow
  readonly stopWhen: Condition | undefined
  readonly budget: Budget
}

export interface ThreadLog extends Thread {
  append(messages: readonly ChatMessage[]): void
}

/** What the machine needs of whoever drives it. */
export interface TeamHost {
  /** The conversation, as in `conv-7`. */
  readonly key: string
  readonly signal: AbortSignal
  /**
   * The same for the wait around what the team calls out to, whether that looks at its signal or
   * not.
   */
  readonly ending: AbortSignal
  readonly now: () => number
  /** Pays for what the flow asks a model. Undefined: nobody does. */
  readonly spending?: Spending
  emit(item: AgentEvent | ChatMessage): void
}

/** What a run begins with. */
export interface Beginning {
  readonly messages: readonly ChatMessage[]
  /** A human's answers, by request id; under no id, the answer to the only one. */
  readonly input: Readonly<Record<string, string>>
  readonly token: string
  /** Whoever began it: while it goes on, nobody else begins one. */
  readonly owner: string
}

/** A look from outside. */
export interface Looking {
  readonly stopAsked: boolean
  /**
   * The alarm that it is for, in milliseconds after the run's begin: so much has passed for whoever
   * set it. 0: none.
   */
  readonly atMs: number
}

/** A speaker is to speak. */
export interface Speak {
  readonly to: string
  /** The number of this asking, in its conversation: the answer names it. */
  readonly ask: number
  /** New to it. */
  readonly messages: readonly ChatMessage[]
  readonly forgets: boolean
  readonly input: string | null
  readonly left: Allowance
}

/** A speaker has spoken. */
export interface Answer extends TurnEnd {
  readonly ask: number
  readonly by: string
}
