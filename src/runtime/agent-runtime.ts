/**
 * What every runtime can do, wherever its turns run: on this thread, on lanes, or in other
 * processes. What must be asked of others somewhere is a promise everywhere, so that code which is
 * written against this interface moves without a change.
 */
import type { AgentMetadata } from '../agents/agent-metadata.ts'
import type { Registrable } from '../agents/agent-module.ts'
import type { Subscription } from '../agents/subscription.ts'
import type { SendOptions } from '../agents/turn.ts'
import type { AgentId } from '../ids/agent-id.ts'
import type { DeepReadonly, Message, Request } from '../messages/message.ts'
import type { TopicFor } from '../messages/topic.ts'
import type { OutsideOptions } from '../router/entrance/outside-options.ts'
import type {
  DeadLetter,
  DeadLetterCounts,
  DeadLetterFilter,
} from '../router/reports/dead-letters.ts'
import type { InspectListener } from '../router/reports/inspection.ts'
import type { Snapshot, SnapshotV1 } from '../router/snapshots/snapshot.ts'
import type { StopReport } from './life.ts'
import type { RuntimeStats } from './stats.ts'
import type { TaskHandle } from './task-handle.ts'

/** The dead letters of a runtime: `runtime.deadLetters`. */
export interface DeadLetterBox {
  /** How many there have been since the start, by reason, and how many are kept. */
  counts(): Promise<DeadLetterCounts>
  /**
   * The selected letters, oldest first, frozen. Default: all. Rejects with HEDDLE_INVALID_OPTION,
   * and with an error of the filter's function.
   */
  list(filter?: DeadLetterFilter): Promise<DeadLetter[]>
  /**
   * Calls `listener` with each new letter. If it throws, the error is a line on stderr. The
   * returned function removes the listener.
   */
  watch(listener: (letter: DeadLetter) => void): () => void
  /**
   * Accepts the selected letters again: each for its recipient or, if it had none, for the present
   * subscribers. Waits for room as a publish does. Resolves to their number. Rejects with
   * HEDDLE_INVALID_OPTION, HEDDLE_STOPPED, HEDDLE_INSIDE_TURN, HEDDLE_NO_LANES,
   * HEDDLE_BOUND_REACHED; letters that were not accepted stay.
   */
  replay(filter: DeadLetterFilter): Promise<number>
  /**
   * Removes the selected letters. Resolves to their number. Rejects with HEDDLE_INVALID_OPTION,
   * HEDDLE_INSIDE_TURN.
   */
  discard(filter: DeadLetterFilter): Promise<number>
}

/** A runtime, from its start to its stop. All behave the same; they differ in where turns run. */
export interface AgentRuntime {
  /**
   * Publishes a message. Resolves when the message is accepted: from then on it is accounted for
   * (D4). If it rejects, nothing was accepted. Rejects with HEDDLE_NOT_A_MESSAGE,
   * HEDDLE_INVALID_ID, HEDDLE_WRONG_TOPIC, HEDDLE_BOUND_REACHED, HEDDLE_INTERVENTION_FAILED,
   * HEDDLE_STOPPED, HEDDLE_INSIDE_TURN, HEDDLE_NO_LANES, HEDDLE_CANCELLED, HEDDLE_ID_REUSED,
   * HEDDLE_INVALID_OPTION.
   */
  publish<M extends Message>(
    message: M,
    topic: TopicFor<M>,
    options?: OutsideOptions,
  ): Promise<void>
  /**
   * Asks one agent and resolves to its reply. Rejects as `publish` does, and with
   * HEDDLE_UNKNOWN_AGENT, HEDDLE_UNHANDLED_REQUEST, HEDDLE_REQUEST_FAILED, HEDDLE_DEADLINE,
   * HEDDLE_CANCELLED, HEDDLE_DROPPED, HEDDLE_POISON.
   */
  send<R>(
    request: Request<string, unknown, R>,
    to: AgentId | string,
    options?: SendOptions & Pick<OutsideOptions, 'id'>,
  ): Promise<DeepReadonly<R>>
  /**
   * Publishes a message and returns the task of all that descends from it. Rejects as `publish`
   * does. Before the message is accepted, `signal` ends the wait for room, and nothing is accepted;
   * afterwards it cancels the task.
   */
  run<M extends Message>(
    message: M,
    topic: TopicFor<M>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<TaskHandle>
  /**
   * Registers an agent on all lanes and adds its subscriptions. Rejects with
   * HEDDLE_DUPLICATE_AGENT, HEDDLE_AGENT_LOAD_FAILED, HEDDLE_SETUP_FAILED, HEDDLE_INVALID_CONFIG,
   * HEDDLE_CONFIG_NOT_CLONEABLE, HEDDLE_TWO_COPIES, HEDDLE_AGENT_IN_TEST_FILE,
   * HEDDLE_AGENT_IN_MAIN.
   */
  register(agent: Registrable): Promise<void>
  /**
   * Adds a rule while running; it applies from the next publish on. Resolves to the rule's id.
   * Rejects with HEDDLE_UNKNOWN_AGENT, HEDDLE_DUPLICATE_SUBSCRIPTION, HEDDLE_INVALID_SUBSCRIPTION,
   * HEDDLE_STOPPED, HEDDLE_INSIDE_TURN.
   */
  subscribe(subscription: Subscription): Promise<string>
  /**
   * Removes a rule while running. Rejects with HEDDLE_UNKNOWN_SUBSCRIPTION, HEDDLE_INSIDE_TURN.
   */
  unsubscribe(id: string): Promise<void>
  /** The descriptions of the registered agents, as this process knows them. */
  agents(): AgentMetadata[]
  /**
   * The counts of this process at this moment; `accepted = handled + deadLettered + dropped +
   * cancelled + inFlight` (D4).
   */
  stats(): RuntimeStats
  /**
   * Calls `listener` with each record from now on; records are frozen. If it throws, the error is a
   * line on stderr. The returned function removes the listener.
   */
  inspect(listener: InspectListener): () => void
  /** The deliveries that could not be handled: to list, watch, replay and discard. */
  readonly deadLetters: DeadLetterBox
  /**
   * The state of all agents and the deliveries in flight, at one point in time: when the calling
   * code yields the thread. It waits for nothing; for state alone, await `idle` first. Deliveries
   * in flight continue here, so they are handled twice if the snapshot is loaded elsewhere and this
   * runtime is not ended. Calls that still wait for room are not in the snapshot. Rejects with
   * HEDDLE_INSIDE_TURN, and with HEDDLE_PAYLOAD_NOT_CLONEABLE if a payload in flight holds a Blob.
   */
  saveState(): Promise<Snapshot>
  /**
   * Replaces the state of all agents, and accepts the deliveries that were in flight, in their
   * order. Callers from outside no longer wait for their answers, interventions do not see them
   * again, and bounds do not hold them back. Rejects with HEDDLE_NOT_IDLE, HEDDLE_INVALID_SNAPSHOT,
   * HEDDLE_NO_LANES; nothing has then changed.
   */
  loadState(snapshot: Snapshot | SnapshotV1): Promise<void>
  /** Resolves when nothing is in flight: every accepted delivery has settled. */
  idle(): Promise<void>
  /**
   * Accepts nothing more, waits until idle or for `deadlineMs` milliseconds (default 10,000),
   * answers every caller that still waits, disposes the agents and resources of lanes, and ends the
   * threads (D11). The report lists what was left, the dead letters, and failed disposals; the exit
   * code is left to the program. A second call returns the first one's report. Whatever the lanes
   * do, it resolves within `deadlineMs` plus some 4 seconds: 2 for disposal, 2 for a thread to end.
   */
  stop(options?: { readonly deadlineMs?: number }): Promise<StopReport>
}
