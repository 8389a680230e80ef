/** The parts of a team's machine, and what passes between it and its host. */
import type { SpokenOutcome, TurnEnd } from '../agents/agent-turn.ts'
import type { Once } from '../agents/asking.ts'
import type { Allowance } from '../agents/purse.ts'
import type { Condition } from '../conditions/condition.ts'
import type { Flow, Speaker, Thread } from '../flows/flow.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import type { Budget } from '../runs/budget.ts'
import type { IfBusy } from '../runs/task.ts'
import type { MessageFilter } from './message-filter.ts'

/** A team as its machine sees it. */
export interface TeamPlan {
  readonly name: string
  readonly speakers: readonly Speaker[]
  readonly filters: ReadonlyMap<string, MessageFilter>
  readonly flow: Flow
  readonly stopWhen: Condition | undefined
  readonly budget: Budget
  readonly ifBusy: IfBusy
}

export interface ThreadLog extends Thread {
  append(messages: readonly ChatMessage[]): void
  clear(): void
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
  /**
   * What the run may use in all, where it is part of another run: the budget of the other one, in
   * the counts of this one.
   */
  readonly allowance?: Allowance | undefined
  /** Makes a model call of the flow while the limit is held that it is under, if any. */
  withLimit<T>(call: () => Promise<T>): Promise<T>
  /** On a runtime, where a turn may run again. */
  readonly once?: Once
  emit(item: AgentEvent | ChatMessage): void
}

/** Humans' answers, by request id. */
export type Answers = Readonly<Record<string, string>>

/** What a run begins with. */
export interface Beginning {
  readonly messages: readonly ChatMessage[]
  /** Humans' answers, by request id. */
  readonly input: Answers
  /**
   * Whether it is part of another run: its messages were shown there, and are a task even if there
   * are none. Default false.
   */
  readonly isPart?: boolean
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
  /**
   * Identifies what is asked: the same number when it is asked again, because the run was cut or a
   * human has answered.
   */
  readonly about: number
  /** The messages that are new to the speaker. */
  readonly messages: readonly ChatMessage[]
  /** The index after them in the thread. */
  readonly upTo: number
  readonly forgets: boolean
  readonly answers: Answers
  readonly left: Allowance
  /** Whether the answer is to have all that was said in a team that is asked. Default false. */
  readonly whole?: boolean
}

/** A speaker has spoken. */
export interface Answer extends Omit<TurnEnd, 'outcome'> {
  readonly outcome: SpokenOutcome
  /** All that was said in a team that was asked, where that was asked for. */
  readonly said?: readonly ChatMessage[]
  readonly ask: number
  readonly by: string
  /**
   * The index in the thread up to which the speaker has heard it. Default: what it was asked with.
   */
  readonly heard?: number
}
