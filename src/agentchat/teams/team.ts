/**
 * A team: agents that speak in the order of a flow. A team is a definition; what is said in a
 * conversation belongs to the conversation.
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
import type { IfBusy, TaskResult } from '../runs/task.ts'
import type { AskingTurn, AskOptions, BeginOptions } from './team-runner.ts'

/** A chat agent or a team, and which messages of the others it hears. Default: all. */
export interface Participant {
  readonly agent: ChatAgent | Team
  readonly filter: MessageFilter
}

/** The options of `defineTeam`. */
export interface TeamOptions {
  /** Letters, digits and `_ - .`; unique in a runtime: the agent type of its manager. */
  readonly name: string
  readonly description?: string
  readonly participants: readonly (ChatAgent | Team | Participant)[]
  /** Decides who speaks next. */
  readonly flow: Flow
  /** When a run ends, in addition to the flow's own end. */
  readonly stopWhen?: Condition
  readonly budget?: Budget
  /**
   * The named limit of the runtime that each model call in it holds: those of its flow, and those
   * of its participants that name none themselves. A runtime without such a limit refuses the
   * team's agents. Default: that of the team that it is part of, or none.
   */
  readonly limit?: string
  /**
   * Milliseconds that one turn of its flow may take, and of each participant that says nothing
   * else, with all that the turn waits for. Default: as in the team that it is part of, or the
   * runtime's `turnTimeoutMs`.
   */
  readonly turnTimeoutMs?: number
  /** What a call of `run` does while a run is under way. Default `refuse`. */
  readonly ifBusy?: IfBusy
  /** Default: real time. */
  readonly clock?: Clock
}

/** A team, with its own conversation on a runtime in this thread: `run` and its related methods. */
export interface Team
  extends Pick<
    Conversation,
    'run' | 'runStream' | 'reset' | 'pause' | 'resume' | 'stop' | 'saveState' | 'loadState'
  > {
  readonly kind: 'team'
  readonly name: string
  readonly description: string
  /**
   * The agents that a runtime needs for the team: `ThreadedRuntime.start({ agents: team.agents })`.
   */
  readonly agents: readonly AgentRegistration[]
  /** How deep teams are nested in it, counting itself. */
  readonly depth: number
  /**
   * The conversation of this key on a runtime where the team's agents are registered; the same
   * object as long as it is referenced.
   */
  conversation(runtime: Runtime, key: string): Conversation
  /**
   * For a turn of an agent: runs the conversation of this key on the turn's runtime, and resolves
   * to the result, as `turn.send` does to a reply. The run begins once, however often the turn
   * runs, and is cancelled with it. Meanwhile the turn waits, within its own limit of time
   * (`turnTimeoutMs`). Rejects as `turn.send` does; where `run` would reject, with
   * HEDDLE_REQUEST_FAILED and that error as the cause. Rejects with HEDDLE_INVALID_TASK,
   * HEDDLE_INVALID_OPTION.
   */
  ask(turn: AskingTurn, key: string, options?: AskOptions): Promise<TaskResult>
  /**
   * For a turn of an agent: begins a run when the turn commits, once, however often the turn runs.
   * No turn of the agent waits: the result is published as `TeamRunEnded`. A run that is cancelled
   * with the task of the turn tells nothing. A runtime's snapshot does not hold runs under way:
   * once it is loaded, they have failed. Throws HEDDLE_INVALID_TASK, HEDDLE_INVALID_OPTION,
   * HEDDLE_INVALID_ID.
   */
  begin(turn: AskingTurn, key: string, options: BeginOptions): void
}
