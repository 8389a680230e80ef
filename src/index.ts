/** The core's public names. */

export type { AgentRegistration, ConfigurableAgent } from './agents/agent-definition.ts'
export type { AgentMetadata } from './agents/agent-metadata.ts'
export { type AgentReference, agentAt, type Registrable } from './agents/agent-module.ts'
export {
  type AgentOptions,
  closureAgent,
  defineAgent,
  type SetupContext,
} from './agents/define-agent.ts'
export type { Handler, HandlerOptions, MatchContext, On } from './agents/handlers.ts'
export { defineResource, type Resource, type ResourceContext } from './agents/resource.ts'
export type { RetryPolicy } from './agents/retry.ts'
export {
  defaultSubscription,
  type Subscription,
  type SubscriptionRule,
} from './agents/subscription.ts'
export type { LogLevel, PublishOptions, SendOptions, Turn } from './agents/turn.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  type ErrorCode,
  type ErrorFields,
  type ErrorRecord,
  HeddleError,
  isHeddleError,
} from './errors.ts'
export { type AgentId, agentId, agentIdText } from './ids/agent-id.ts'
export { type TopicId, topicId } from './ids/topic-id.ts'
export { ThreadedRuntime, type ThreadedRuntimeOptions } from './lanes/threaded-runtime.ts'
export { type Drop, drop, type Intervention } from './messages/intervention.ts'
export {
  type DeepReadonly,
  defineMessage,
  defineRequest,
  type Message,
  type MessageType,
  type Request,
  type RequestType,
} from './messages/message.ts'
export type { MessageFacts } from './messages/message-facts.ts'
export type { Schema } from './messages/schema.ts'
export { defineTopic, type TopicFor, type TopicType, type TypedTopicId } from './messages/topic.ts'
export type { ChangedCode, CodeChange } from './runtime/agent-code.ts'
export type { BoundOptions } from './runtime/bounds.ts'
export type {
  DeadLetter,
  DeadLetterBox,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterLimits,
  DeadLetterReason,
} from './runtime/dead-letters.ts'
export type { TaskLimits } from './runtime/deliveries.ts'
export type { InspectListener, InspectRecord, LogRecord } from './runtime/inspection.ts'
export type { Incident, LedgerCounts } from './runtime/ledger.ts'
export type { StopReport } from './runtime/life.ts'
export type { RuntimeOptions } from './runtime/options.ts'
export type { OutsideOptions } from './runtime/outside-options.ts'
export type { IdWindow } from './runtime/recent-ids.ts'
export type { Report } from './runtime/reporter.ts'
export type { RestartBudget } from './runtime/restarts.ts'
export type { Runtime } from './runtime/runtime.ts'
export type { SavedAnswer, SavedDelivery } from './runtime/saved-deliveries.ts'
export { SingleThreadedRuntime } from './runtime/single-threaded-runtime.ts'
export type { Snapshot, SnapshotV1 } from './runtime/snapshot.ts'
export type { StalledKey, WaitsFor } from './runtime/stall-watch.ts'
export type { LaneStats, RuntimeStats } from './runtime/stats.ts'
export type { TaskHandle } from './runtime/task-handle.ts'
export type { StopReason, TaskEnd, TaskEvent } from './runtime/tasks.ts'
export { type KeyedField, type KeyedState, keyed } from './state/keyed-state.ts'
export type { StateOf } from './state/state-shape.ts'
export type { DisposeProblem } from './wire/lane-handle.ts'
export type { LateErrorRecord } from './wire/late-error.ts'
