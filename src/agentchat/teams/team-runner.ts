/**
 * Runs of a team that a turn has asked for, on any lane. An agent on the main thread runs them as
 * any caller outside does: its turn lasts as long as the run, and ends it when it is cancelled.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { closureAgent } from '../../agents/define-agent.ts'
import type { Turn } from '../../agents/turn.ts'
import { outsideTurns } from '../../agents/turn-context.ts'
import { HeddleError } from '../../errors.ts'
import { checkTopic, type TopicId } from '../../ids/topic-id.ts'
import { defineMessage, defineRequest, type MessageType } from '../../messages/message.ts'
import { invalidOption } from '../../option-check.ts'
import { strangeName } from '../../option-rules.ts'
import { AWAITS, type Runtime, runtimeOf } from '../../runtime/local-runtime.ts'
import { type Conversation, RUN_FOR } from '../conversations/conversation.ts'
import { nothingSaid } from '../conversations/run-end.ts'
import { unchecked } from '../conversations/team-protocol.ts'
import type { NamesOf } from '../messages/options.ts'
import { failure } from '../runs/failure.ts'
import { checkRun } from '../runs/run-options.ts'
import { type IfBusy, messagesOfTask, type RunOptions, type TaskResult } from '../runs/task.ts'

/** What a turn needs to ask for a run. */
export type AskingTurn = Pick<Turn, 'key' | 'publish' | 'send' | 'idempotencyKey'>

/** What a run begins with that a turn asks for. */
export interface TurnRunOptions extends Pick<RunOptions, 'task' | 'input'> {
  /** As in `run`. Default `wait`: nothing that a turn has begun is lost. */
  readonly ifBusy?: IfBusy
}

/** How long a turn waits for a run, and what ends it early. */
export interface AskOptions extends TurnRunOptions {
  /** Milliseconds until the caller gives up with HEDDLE_DEADLINE. Default: its turn's own limit. */
  readonly deadlineMs?: number
  /** When it aborts, the caller gives up with HEDDLE_CANCELLED, and the run is cancelled. */
  readonly signal?: AbortSignal
}

/** Where the end of a run is told. */
export interface BeginOptions extends TurnRunOptions {
  /** The topic on which `TeamRunEnded` is published: `type/source`, or its parts. */
  readonly tell: TopicId | string
}

/** A run that a turn has begun has ended. */
export interface EndedTeamRun {
  readonly team: string
  /** The conversation. */
  readonly conversation: string
  /** A run that could not begin has failed. */
  readonly result: TaskResult
}

/** Published on the topic that `team.begin` was given, when the run has ended. */
export const TeamRunEnded: MessageType<'heddle.team-run-ended', EndedTeamRun> = defineMessage(
  'heddle.team-run-ended',
  unchecked<EndedTeamRun>(),
)

interface Asked {
  readonly conversation: string
  readonly options: TurnRunOptions
}

const AskRun = defineRequest('heddle.chat.ask-run', {
  payload: unchecked<Asked>(),
  reply: unchecked<TaskResult>(),
})
const BeginRun = defineMessage(
  'heddle.chat.begin-run',
  unchecked<Asked & { readonly tell: TopicId }>(),
)

/** The longest time that a timer can be set to. */
const MOST_MS = 2 ** 31 - 1

export class TeamRunner {
  readonly #team: string
  readonly #conversationOf: (runtime: Runtime, key: string) => Conversation
  readonly #type: string
  /** How many runs each turn has asked for. */
  readonly #asked = new WeakMap<AskingTurn, number>()

  constructor(team: string, conversationOf: (runtime: Runtime, key: string) => Conversation) {
    this.#team = team
    this.#conversationOf = conversationOf
    this.#type = `${team}..runs`
  }

  /** The agent that a runtime needs for it. */
  get agent(): AgentRegistration {
    const type = this.#type
    return closureAgent({
      type,
      description: `Runs the team '${this.#team}' for turns.`,
      turnTimeoutMs: MOST_MS, // a run takes as long as its budget allows
      subscriptions: [{ topic: type }],
      handlers: (on) => [
        on(AskRun, (asked, turn) => this.#run(asked as Asked, turn)),
        on(BeginRun, async ({ tell, ...asked }, turn) => {
          const { conversation } = asked
          const result = await this.#run(asked as Asked, turn).catch((error) => {
            turn.throwIfCancelled()
            return nothingSaid(failure(this.#team, error))
          })
          const ended = { team: this.#team, conversation, result }
          turn.publish(TeamRunEnded(ended), tell as never)
        }),
      ],
    })
  }

  async ask(turn: AskingTurn, conversation: string, given: AskOptions): Promise<TaskResult> {
    checkTurn(turn)
    checkNames(given, ASK, 'team.ask')
    const { deadlineMs = MOST_MS, signal, ...options } = given
    if (conversation === turn.key) {
      const mend = `one that is not the turn's own, which waits meanwhile, as '${turn.key}/${this.#team}'`
      throw invalidOption('key', conversation, mend)
    }
    const asked = { conversation, options: checked(options) }
    const to = { type: this.#type, key: this.#keyFor(turn, conversation) }
    const waits = { deadlineMs, ...(signal && { signal }) }
    return (await turn.send(AskRun(asked), to, waits)) as TaskResult
  }

  begin(turn: AskingTurn, conversation: string, given: BeginOptions): void {
    checkTurn(turn)
    checkNames(given, BEGIN, 'team.begin')
    const { tell, ...options } = given
    const asked = { conversation, options: checked(options), tell: checkTopic(tell) }
    const source = this.#keyFor(turn, conversation)
    turn.publish(BeginRun(asked), { type: this.#type, source })
  }

  async #run({ conversation, options }: Asked, turn: Pick<Turn, 'messageId' | 'signal'>) {
    const runtime = runtimeOf(turn)
    if (runtime === undefined) throw new HeddleError('HEDDLE_STOPPED', { call: 'run' })
    const { signal } = turn
    return outsideTurns(() => {
      const own = this.#conversationOf(runtime, conversation)
      return own[RUN_FOR]({ ...options, signal }, (task) => {
        void task.ended.then(runtime[AWAITS](turn, task))
      })
    })
  }

  /** A key of its own for each run, the same when the turn runs again: runs may overlap. */
  #keyFor(turn: AskingTurn, conversation: string): string {
    const asked = this.#asked.get(turn) ?? 0
    this.#asked.set(turn, asked + 1)
    return `${conversation}/${turn.idempotencyKey(`run ${asked}`)}`
  }
}

const ASK: NamesOf<AskOptions> = {
  ...({ task: true, input: true, ifBusy: true } as const),
  ...({ deadlineMs: true, signal: true } as const),
}
const BEGIN: NamesOf<BeginOptions> = { task: true, input: true, ifBusy: true, tell: true }

function checkNames(given: unknown, names: Readonly<Record<string, true>>, call: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption(`of ${call}`, given, "an object, as in { task: 'Find a train' }")
  }
  const stranger = strangeName(given, names)
  if (stranger !== undefined) throw invalidOption(stranger.at, stranger.value, stranger.must)
}

function checkTurn(turn: unknown): void {
  const methods = ['publish', 'send', 'idempotencyKey']
  if (methods.every((name) => typeof Object(turn)[name] === 'function')) return
  throw invalidOption('turn', turn, 'the turn that a handler is given')
}

function checked({ ifBusy = 'wait', ...options }: TurnRunOptions): TurnRunOptions {
  checkRun({ ifBusy, ...options })
  messagesOfTask(options.task, () => '') // throws for a task that is none
  return { ifBusy, ...options }
}
