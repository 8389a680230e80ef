/** Tools of MCP servers: the public names of `heddle/mcp`. */
import '../node-version.ts'
import { setMainPart } from '../tools/main-part.ts'
import { mcpPart } from './mcp-part.ts'

export type { McpCallOptions, McpServer, McpServerOptions } from './mcp-server.ts'
export { mcpServer } from './mcp-server.ts'
export type { McpResult } from './result.ts'
export type { McpAddress, McpCommand } from './server-definition.ts'

setMainPart('mcp', mcpPart)
