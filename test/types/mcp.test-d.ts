/** What `heddle/mcp` infers and refuses. */
import {
  type McpAddress,
  type McpCallOptions,
  type McpCommand,
  type McpResult,
  type McpServer,
  type McpServerOptions,
  mcpServer,
} from 'heddle/mcp'
import { assistantAgent, type ModelClient, type ToolSource } from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

declare const model: ModelClient

const command: McpCommand = {
  name: 'files',
  command: 'node',
  args: ['server.js'],
  env: { KEY: 'x' },
  cwd: '/tmp',
}
const address: McpAddress = { name: 'web', url: 'https://x/mcp', headers: { 'x-team': 'red' } }
const options: McpServerOptions = {
  prefix: 'my',
  tools: (name) => name.startsWith('read'),
  mode: 'serial',
  timeoutMs: 1_000,
  maxTimeoutMs: 2_000,
  connectTimeoutMs: 3_000,
  version: { pin: '2026-07-28' },
}
const server: McpServer = mcpServer(command, options)
const source: ToolSource = server
assistantAgent({ name: 'a', model, tools: [source, mcpServer(address, { tools: ['read'] })] })

const calling: McpCallOptions = { signal: new AbortController().signal, onProgress: () => {} }
exactly<McpResult>()(await server.call('read', { path: 'a' }, calling))

// @ts-expect-error a server has a name
mcpServer({ command: 'node' })
// @ts-expect-error it is started, or has a URL
mcpServer({ name: 'files' })
// @ts-expect-error there is no such option
mcpServer(command, { retries: 1 })
// @ts-expect-error a list of names, or a function of one
mcpServer(command, { tools: 'read' })
