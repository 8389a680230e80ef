/** The public face of a turn: what a handler sees while it runs. `turn-frame.ts` implements it. */
import type { AgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { DeepReadonly, Message, Request } from '../messages/message.ts'
import type { TopicFor } from '../messages/topic.ts'

/** The first argument of `turn.log`. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The third argument of `turn.publish`. */
export interface PublishOptions {
  /** Whether to deliver to the sender too, if it subscribes. Default: `false`, as in AutoGen. */
  readonly toSelf?: boolean
  /**
   * Time to live: deliveries whose turns have not begun after this many milliseconds become dead
   * letters. Default: no limit.
   */
  readonly ttlMs?: number
}

/** How long a request waits, and what ends it early. */
export interface SendOptions {
  /**
   * Milliseconds until the caller gives up with HEDDLE_DEADLINE. Default: the runtime's
   * `requestDeadlineMs`.
   */
  readonly deadlineMs?: number
  /** When it aborts, the caller gives up with HEDDLE_CANCELLED. */
  readonly signal?: AbortSignal
}

/**
 * One delivery being handled, all or nothing (D5): its published messages, its reply and its
 * changes to `state` take effect in one commit after the handler has returned, or not at all. Only
 * requests (`send`), events (`emit`) and results of effects outside (`once`) leave earlier.
 */
export interface Turn<State = unknown, Config = unknown, Resources = unknown> {
  readonly id: AgentId
  /** The serial domain of this turn: no other turn of this key runs at the same time (D1). */
  readonly key: string
  /** The agent's config, frozen; parts that can't be frozen are this turn's own copy. */
  readonly config: Config
  /**
   * The results of `setup` and `uses` on this lane, shared by all ids of this agent type there.
   */
  readonly resources: Resources
  /**
   * This id's own state. Change it in place. The changes of a failed turn are undone, and changes
   * after the turn have no effect.
   */
  readonly state: State
  /** The agent that published or sent the message; `undefined` if it came from outside. */
  readonly sender: AgentId | undefined
  /** The topic of a published message; `undefined` for a request. */
  readonly topic: TopicId | undefined
  /** The same for all deliveries and attempts of one message. */
  readonly messageId: string
  /**
   * 1 for the first attempt; higher after failed attempts, or when a lane died with the turn in it.
   */
  readonly attempt: number
  /** Aborts when the turn is cancelled. */
  readonly signal: AbortSignal

  /**
   * Throws HEDDLE_CANCELLED once the turn is cancelled. It works in loops that never await, since
   * it reads shared memory.
   */
  throwIfCancelled(): void
  /**
   * The same string at every attempt of this turn, for outside calls that must not count twice.
   */
  idempotencyKey(name: string): string
  /**
   * Publishes when the turn commits. Default topic: the message's name as type, this turn's key as
   * source. Throws HEDDLE_NOT_A_MESSAGE, HEDDLE_INVALID_ID, HEDDLE_WRONG_TOPIC, HEDDLE_TURN_ENDED.
   */
  publish<M extends Message>(message: M, topic?: TopicFor<M>, options?: PublishOptions): void
  /**
   * Asks one agent and resolves to its reply, which is frozen. A request to an agent of this turn's
   * own key is handled as a nested part of this turn. Rejects with HEDDLE_UNKNOWN_AGENT,
   * HEDDLE_UNHANDLED_REQUEST, HEDDLE_REQUEST_CYCLE, HEDDLE_REQUEST_FAILED, HEDDLE_DEADLINE,
   * HEDDLE_CANCELLED, HEDDLE_DROPPED, HEDDLE_STOPPED.
   */
  send<R>(
    request: Request<string, unknown, R>,
    to: AgentId | string,
    options?: SendOptions,
  ): Promise<DeepReadonly<R>>
  /**
   * Runs `work` when the named limit of the runtime's `limits` has room. A limit caps how many
   * turns hold it at once, over all lanes. A turn that already holds it, in any of its parts, does
   * not wait. The room is released when `work` or the turn has ended. Rejects with
   * HEDDLE_UNKNOWN_LIMIT, HEDDLE_REQUEST_CYCLE (its holder waits for this turn),
   * HEDDLE_LIMIT_DEADLINE, HEDDLE_CANCELLED.
   */
  withLimit<T>(limit: string, work: () => T | Promise<T>, options?: SendOptions): Promise<T>
  /**
   * Runs `fn`, an effect outside heddle, and resolves to its result, frozen. The result is recorded
   * when it has come back: a later attempt of this turn gets it under the same name, and does not
   * run `fn` again. An attempt that begins while it goes on waits for it. A rejection is not
   * recorded, and a lane that dies before the result was recorded has it run again. A result that
   * can't be kept is lost: every attempt gets the error. Rejects with HEDDLE_ONCE_REUSED (the
   * attempt has used the name), HEDDLE_ONCE_FULL (the runtime's `onceBytes`),
   * HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_CANCELLED, HEDDLE_TURN_ENDED, and as `fn` does.
   */
  once<T>(name: string, fn: () => T | PromiseLike<T>): Promise<DeepReadonly<T>>
  /**
   * Shows `event` (any data that can be cloned) to the watchers of the task: from a lane at once,
   * on the main thread as soon as the turn yields the thread. It is never a delivery.
   */
  emit(event: unknown): void
  /**
   * Writes a log record, which stays even if the turn fails. A field that can't be cloned is shown
   * as text. Throws HEDDLE_INVALID_OPTION (the level), HEDDLE_TURN_ENDED.
   */
  log(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void
}
