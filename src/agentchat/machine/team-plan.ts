/** The parts of a team's machine, and what passes between it and its host. */
import type { TurnEnd } from '../agents/agent-turn.ts'
import type { Spending } from '../agents/chat-agent.ts'
import type { Allowance } from '../agents/purse.ts'
import type { Condition } from '../conditions/condition.ts'
import type { Flow, Speaker, Thread } from '../flows/flow.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import type { Budget } from '../runs/budget.ts'
import type { MessageFilter } from './message-filter.ts'

/** A team as its machine sees it. */
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

/** What the machine needs from its host. */
export interface TeamHost {
  /** The conversation, as in `conv-7`. */
  readonly key: string
  readonly signal: AbortSignal
  /**
   * The same signal for the wait around the code that the team calls, which ends whether or not
   * that code looks at its signal.
   */
  readonly ending: AbortSignal
  readonly now: () => number
  /** Pays for the flow's model calls. Undefined: they are not charged. */
  readonly spending?: Spending
  emit(item: AgentEvent | ChatMessage): void
}

/** What a run begins with. */
export interface Beginning {
  readonly messages: readonly ChatMessage[]
  /** A human's answers, by request id; under the empty id, the answer to the only request. */
  readonly input: Readonly<Record<string, string>>
  readonly token: string
  /** The owner that began the run: while the run goes on, no other owner can begin one. */
  readonly owner: string
}

/** A check from outside. */
export interface Looking {
  readonly stopAsked: boolean
  /**
   * The alarm that caused the check, in milliseconds after the run's start: at least this time has
   * passed on the clock that set it. 0: no alarm.
   */
  readonly atMs: number
}

/** Asks a speaker to speak. */
export interface Speak {
  readonly to: string
  /** The number of this ask in its conversation. The answer repeats it. */
  readonly ask: number
  /** The messages that are new to the speaker. */
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
