/** What a handler sees while it runs: the public face of a turn. `turn-frame.ts` is behind it. */
import type { AgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { DeepReadonly, Message, Request } from '../messages/message.ts'
import type { TopicFor } from '../messages/topic.ts'

/** What `turn.log` takes first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The third argument of `turn.publish`. */
export interface PublishOptions {
  /** Deliver to the sender too, if it subscribes. Default: `false`, as in AutoGen. */
  readonly toSelf?: boolean
  /**
   * Milliseconds within which its turns are to begin; later, they become dead letters. Default: any
   * time.
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
  /** Gives up with HEDDLE_CANCELLED when it aborts. */
  readonly signal?: AbortSignal
}

/**
 * One delivery being handled, all or nothing (D5): what it publishes, replies and changes in
 * `state` becomes real in one commit after the handler has returned, or not at all.
 * Two things leave earlier: requests (`send`) and events (`emit`).
 */
export interface Turn<State = unknown, Config = unknown, Resources = unknown> {
  readonly id: AgentId
  /** The serial domain of this turn: no other turn of this key runs at the same time (D1). */
  readonly key: string
  /** Frozen; what of it can't be frozen is this turn's own copy. */
  readonly config: Config
  /**
   * What `setup` and `uses` made for this lane: shared by all ids of this agent type on the lane.
   */
  readonly resources: Resources
  /**
   * This id's own state. Change it in place; what a failed turn changed is gone, and what is
   * changed after the turn has no effect.
   */
  readonly state: State
  /** Who published or sent this; `undefined` from outside. */
  readonly sender: AgentId | undefined
  /** The topic of a published message; `undefined` for a request. */
  readonly topic: TopicId | undefined
  /** The same for all deliveries and attempts of one message. */
  readonly messageId: string
  /** 1 at first; higher when a lane died with the turn in it. */
  readonly attempt: number
  /** Aborts when the turn is cancelled. */
  readonly signal: AbortSignal

  /**
   * For loops that never await: throws HEDDLE_CANCELLED once the turn is cancelled, seen through
   * shared memory.
   */
  throwIfCancelled(): void
  /**
   * The same text at every attempt of this turn, for calls to the outside that must not count
   * twice.
   */
  idempotencyKey(name: string): string
  /**
   * Publishes when the turn commits. Without a topic: the message's name, with this turn's key as
   * source. Throws HEDDLE_NOT_A_MESSAGE, HEDDLE_INVALID_ID, HEDDLE_WRONG_TOPIC, HEDDLE_TURN_ENDED.
   */
  publish<M extends Message>(message: M, topic?: TopicFor<M>, options?: PublishOptions): void
  /**
   * Asks one agent, and waits for its reply, which is frozen. To an agent of the own key it is a
   * nested part of this turn. Rejects with HEDDLE_UNKNOWN_AGENT, HEDDLE_UNHANDLED_REQUEST,
   * HEDDLE_REQUEST_CYCLE, HEDDLE_REQUEST_FAILED, HEDDLE_DEADLINE, HEDDLE_CANCELLED, HEDDLE_DROPPED,
   * HEDDLE_STOPPED.
   */
  send<R>(
    request: Request<string, unknown, R>,
    to: AgentId | string,
    options?: SendOptions,
  ): Promise<DeepReadonly<R>>
  /**
   * Runs `work` when there is room in a limit that the runtime's `limits` name: over all lanes, so
   * many turns at once. A turn that has room already, in whichever of its parts, does not wait. The
   * room goes back when `work` has ended, or the turn has. Rejects with HEDDLE_UNKNOWN_LIMIT,
   * HEDDLE_REQUEST_CYCLE (who has it waits for this turn), HEDDLE_LIMIT_DEADLINE, HEDDLE_CANCELLED.
   */
  withLimit<T>(limit: string, work: () => T | Promise<T>, options?: SendOptions): Promise<T>
  /**
   * Shows `event` (any data that can be cloned) to whoever watches the task: from a lane at once,
   * on the main thread as soon as the turn lets go of it. Never a delivery.
   */
  emit(event: unknown): void
  /**
   * Writes a log record. It stays even if the turn fails. A field that can't be cloned is shown as
   * text. Throws HEDDLE_INVALID_OPTION (the level), HEDDLE_TURN_ENDED.
   */
  log(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void
}
