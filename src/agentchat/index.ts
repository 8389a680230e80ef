/** Chat agents and teams: the public names of `heddle/agentchat`. */
export type {
  ContentPart,
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelMessage,
  ModelRequest,
  ModelResult,
  ToolCall,
  ToolResult,
  ToolSpec,
  Usage,
} from '../models/model.ts'
export { type AgentToolOptions, agentTool } from './agent-tool.ts'
export { type AssistantOptions, assistantAgent } from './assistant.ts'
export type { Budget } from './budget.ts'
export {
  type ChatAgent,
  type ChatAgentOptions,
  type ChatContext,
  defineChatAgent,
  type History,
  type Response,
  type Spending,
} from './chat-agent.ts'
export type { CodeBlock } from './code-blocks.ts'
export {
  type Approval,
  type ApprovalRequest,
  type CodeExecutor,
  type CodeExecutorOptions,
  type CodeOutcome,
  codeExecutorAgent,
} from './code-executor.ts'
export {
  type Condition,
  type ConditionHit,
  type ConditionParts,
  defineCondition,
  type Looked,
  type Seen,
} from './condition.ts'
export {
  externalStop,
  handoffTo,
  maxMessages,
  type Predicate,
  sourceMatch,
  stopMessage,
  type TokenLimits,
  textMention,
  textMessage,
  timeout,
  tokenUsage,
  toolCalled,
  type Verdict,
  when,
} from './conditions.ts'
export { type PrintOptions, printRun } from './console.ts'
export type { Conversation } from './conversation.ts'
export type { Flow, FlowContext, Next, Speaker, Thread } from './flow.ts'
export { type MagenticOneOptions, magenticOne } from './flows/magentic-one.ts'
export { roundRobin } from './flows/round-robin.ts'
export { type SelectorOptions, selector } from './flows/selector.ts'
export { swarm } from './flows/swarm.ts'
export {
  type Activation,
  type Edge,
  type EdgeCondition,
  type EdgeOptions,
  type Graph,
  type GraphBuilder,
  graph,
  type NodeName,
} from './graph/graph.ts'
export { type GraphRun, graphFlow } from './graph/graph-flow.ts'
export { mermaidOf } from './graph/mermaid.ts'
export type { HandoffOptions } from './handoff.ts'
export type { JsonSchema } from './json-schema.ts'
export { listMemory, type Memory } from './memory.ts'
export type { MessageFilter, SourceFilter } from './message-filter.ts'
export {
  type AgentEvent,
  agentEventSchemas,
  type ChatMessage,
  type ChatMessageOf,
  chatMessageSchemas,
  textOf,
} from './messages.ts'
export {
  buffered,
  headAndTail,
  type ModelContext,
  tokenLimited,
  unbounded,
} from './model-context.ts'
export type { Plain } from './plain.ts'
export { type ProcessExecutorOptions, processExecutor } from './process-executor.ts'
export type { SavedAgent } from './saved-agent.ts'
export type { SavedConversation } from './saved-conversation.ts'
export { type SocietyOfMindOptions, societyOfMindAgent } from './society-of-mind.ts'
export { defineStructured, type StructuredOptions, type StructuredType } from './structured.ts'
export type {
  BudgetKind,
  ChatStopReason,
  InputRequest,
  RunItem,
  RunOptions,
  Task,
  TaskResult,
} from './task.ts'
export { defineTeam, type Participant, type Team, type TeamOptions } from './team.ts'
export { type Tool, type ToolContext, type ToolOptions, tool } from './tool.ts'
export { type UserProxyOptions, userProxyAgent } from './user-proxy.ts'
