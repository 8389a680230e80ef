/** The core's public names. */
import './node-version.ts'

export type {
  AgentRegistration,
  ConfigurableAgent,
  SetupContext,
} from './agents/agent-definition.ts'
export type { AgentMetadata } from './agents/agent-metadata.ts'
export { type AgentReference, agentAt, type Registrable } from './agents/agent-module.ts'
export { type AgentOptions, closureAgent, defineAgent } from './agents/define-agent.ts'
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
export type { TaskLimits } from './router/deliveries/deliveries.ts'
export type { OutsideOptions } from './router/entrance/outside-options.ts'
export type { IdWindow } from './router/entrance/recent-ids.ts'
export type { ChangedCode } from './router/fleet/agent-code.ts'
export type { RestartBudget } from './router/fleet/restarts.ts'
export type { BoundOptions } from './router/gate/bounds.ts'
export type { Incident } from './router/ledger/delivery.ts'
export type { DeadLetterReason, StopReason } from './router/ledger/endings.ts'
export type { LedgerCounts } from './router/ledger/ledger.ts'
export type { TaskEnd, TaskEvent } from './router/ledger/task.ts'
export type {
  DeadLetter,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterLimits,
} from './router/reports/dead-letters.ts'
export type {
  CodeChange,
  InspectRecord,
  LogRecord,
  StalledKey,
  WaitsFor,
} from './router/reports/inspect-record.ts'
export type { InspectListener } from './router/reports/inspection.ts'
export type { Report } from './router/reports/reporter.ts'
export type {
  SavedAnswer,
  SavedDelivery,
  SavedResult,
} from './router/snapshots/saved-deliveries.ts'
export type { Snapshot, SnapshotV1 } from './router/snapshots/snapshot.ts'
export type { AgentRuntime, DeadLetterBox } from './runtime/agent-runtime.ts'
export type { StopReport } from './runtime/life.ts'
export type { Runtime } from './runtime/local-runtime.ts'
export type { RuntimeOptions } from './runtime/options.ts'
export { SingleThreadedRuntime } from './runtime/single-threaded-runtime.ts'
export type { LaneStats, RuntimeStats } from './runtime/stats.ts'
export type { TaskHandle } from './runtime/task-handle.ts'
export { type KeyedField, type KeyedState, keyed } from './state/keyed-state.ts'
export type { StateOf } from './state/state-shape.ts'
export { ThreadedRuntime, type ThreadedRuntimeOptions } from './threads/threaded-runtime.ts'
export type { ToolPoolOptions } from './tools/pool-options.ts'
export type { DisposeProblem } from './wire/lane-handle.ts'
export type { LateErrorRecord } from './wire/late-error.ts'
