/** Tools on threads of their own, also without agents: the public names of `heddle/tools`. */
import '../node-version.ts'

export type { JsonSchema } from '../messages/json-schema.ts'
export type { ContentPart, ToolCall, ToolResult, ToolSpec } from '../models/model.ts'
export {
  defineTool,
  type ModuleTool,
  type ModuleToolOptions,
  type ToolRunOptions,
} from './module-tool.ts'
export type { WhenFull } from './pool-call.ts'
export type { ToolPoolOptions } from './pool-options.ts'
export type {
  AiSdkCall,
  AiSdkTool,
  OpenAIAgentsCall,
  OpenAIAgentsTool,
  SelfDescribing,
} from './sdk-tools.ts'
export { startToolPool, type ToolPool } from './start-tool-pool.ts'
export type { Tool } from './tool.ts'
export { type ToolContent, toolContent } from './tool-content.ts'
export type { Runs } from './tool-definition.ts'
export type { ToolContext, ToolMode, ToolOptions } from './tool-options.ts'
export type { PoolStats } from './tool-pool.ts'
export type { ToolSource } from './tool-source.ts'
