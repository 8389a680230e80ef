/** Chat agents and teams: the public names of `heddle/agentchat`. */
import '../node-version.ts'

export type { JsonSchema } from '../messages/json-schema.ts'
export type { Plain } from '../messages/plain.ts'
export type { CodeBlock } from '../models/code-blocks.ts'
export type {
  ContentPart,
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelMessage,
  ModelPiece,
  ModelRequest,
  ModelResult,
  ProviderMetadata,
  ToolCall,
  ToolResult,
  ToolSpec,
  Usage,
} from '../models/model.ts'
export { type ToolContent, toolContent } from '../tools/tool-content.ts'
export type { ToolContext } from '../tools/tool-options.ts'
export type { ToolSource } from '../tools/tool-source.ts'
export type {
  ChatAgent,
  ChatAgentOptions,
  ChatContext,
  History,
  Response,
  Spending,
} from './agents/chat-agent.ts'
export { defineChatAgent } from './agents/define-chat-agent.ts'
export {
  buffered,
  headAndTail,
  type ModelContext,
  tokenLimited,
  unbounded,
} from './agents/model-context.ts'
export type { SavedAgent } from './agents/saved-agent.ts'
export { type UserProxyOptions, userProxyAgent } from './agents/user-proxy.ts'
export { assistantAgent } from './assistant/assistant.ts'
export type { AssistantOptions } from './assistant/assistant-options.ts'
export type { HandoffOptions } from './assistant/handoff.ts'
export { listMemory, type Memory } from './assistant/memory.ts'
export {
  type Approval,
  type ApprovalRequest,
  type CodeExecutor,
  type CodeExecutorOptions,
  type CodeOutcome,
  codeExecutorAgent,
} from './code/code-executor.ts'
export { type ProcessExecutorOptions, processExecutor } from './code/process-executor.ts'
export {
  type Condition,
  type ConditionHit,
  type ConditionInput,
  type ConditionParts,
  type ConditionResult,
  defineCondition,
} from './conditions/condition.ts'
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
} from './conditions/conditions.ts'
export { type PrintOptions, printRun } from './console.ts'
export type { Conversation } from './conversations/conversation.ts'
export type {
  SavedConversation,
  SavedMember,
  SavedTeam,
} from './conversations/saved-conversation.ts'
export type { Flow, FlowContext, Next, Speaker, Thread } from './flows/flow.ts'
export { type MagenticOneOptions, magenticOne } from './flows/magentic-one.ts'
export { roundRobin } from './flows/round-robin.ts'
export { type SelectorOptions, selector } from './flows/selector.ts'
export { swarm } from './flows/swarm.ts'
export type { Activation, Edge, EdgeCondition, EdgeOptions, Graph } from './graph/graph.ts'
export { type GraphBuilder, graph, type NodeName } from './graph/graph-builder.ts'
export { type GraphFlowOptions, type GraphRun, graphFlow } from './graph/graph-flow.ts'
export { mermaidOf } from './graph/mermaid.ts'
export type { MessageFilter, SourceFilter } from './machine/message-filter.ts'
export {
  type AgentEvent,
  agentEventSchemas,
  type ChatMessage,
  type ChatMessageOf,
  chatMessageSchemas,
  textOf,
} from './messages/chat-message.ts'
export {
  defineStructured,
  type StructuredOptions,
  type StructuredType,
} from './messages/structured.ts'
export type { Budget } from './runs/budget.ts'
export type {
  BudgetKind,
  ChatStopReason,
  IfBusy,
  InputRequest,
  RunItem,
  RunOptions,
  TaskInput,
  TaskResult,
} from './runs/task.ts'
export { type AgentToolOptions, agentTool } from './teams/agent-tool.ts'
export { defineTeam } from './teams/define-team.ts'
export { type SocietyOfMindOptions, societyOfMindAgent } from './teams/society-of-mind.ts'
export type { Participant, Team, TeamOptions } from './teams/team.ts'
export {
  type AskingTurn,
  type AskOptions,
  type BeginOptions,
  type EndedTeamRun,
  TeamRunEnded,
  type TurnRunOptions,
} from './teams/team-runner.ts'
export { type ChatToolContext, type Tool, type ToolOptions, tool } from './tools/chat-tool.ts'
