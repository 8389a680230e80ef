/** A server's tools as tools of an agent, and for any other code. */
import { isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { plainCopy } from '../messages/plain.ts'
import { checkRules, invalidOption } from '../option-check.ts'
import {
  eitherOf,
  FUNCTION,
  isSignal,
  listOf,
  MILLISECONDS,
  NAME,
  oneOf,
  type RulesOf,
  ruleThat,
  SIGNAL,
  SYNC_FUNCTION,
} from '../option-rules.ts'
import { onMain } from '../tools/main-part.ts'
import { hearing } from '../tools/progress.ts'
import type { Tool } from '../tools/tool.ts'
import type { ToolMode } from '../tools/tool-options.ts'
import type { ToolSource } from '../tools/tool-source.ts'
import type { ListAnswer, ListedTool, McpAsk } from './mcp-ask.ts'
import { shownName, toolsOf } from './mcp-tool.ts'
import type { McpResult } from './result.ts'
import {
  checkServer,
  type McpAddress,
  type McpCommand,
  type McpVersion,
  type ServerDefinition,
} from './server-definition.ts'

/** The options of `mcpServer`. */
export interface McpServerOptions {
  /** The tool `read` is shown as `PREFIX_read`. Default: as `read`. */
  readonly prefix?: string
  /**
   * Which tools to take: their names at the server, or a function of a name, which is synchronous.
   * A name that the server does not have is no error. Default: all.
   */
  readonly tools?: readonly string[] | ((name: string) => boolean)
  /** Which other calls may run beside a call, as for `tool`. Default: `parallel`. */
  readonly mode?: ToolMode
  /** Milliseconds of a call without progress. Default: 60,000. */
  readonly timeoutMs?: number
  /** Milliseconds of a call in all. Default: 600,000, or `timeoutMs` if that is longer. */
  readonly maxTimeoutMs?: number
  /** Milliseconds until the server has to be ready. Default: 30,000. */
  readonly connectTimeoutMs?: number
  /**
   * Which protocol to speak, as `versionNegotiation.mode` of the package. Default: `legacy`, which
   * all servers know.
   */
  readonly version?: McpVersion
}

/** The options of a call. */
export interface McpCallOptions {
  readonly signal?: AbortSignal
  /** Is given `{ progress, total?, message? }`, as the server tells it. */
  readonly onProgress?: (value: unknown) => void
}

/**
 * A server of tools. It is a source for the `tools` of an assistant; its calls can also be made
 * from handlers of agents, and on the main thread.
 */
export interface McpServer extends ToolSource {
  /**
   * Its tools now. The signal ends the wait. Rejects with HEDDLE_MCP_FAILED,
   * HEDDLE_MISSING_PACKAGE, HEDDLE_OUTSIDE_TURN, HEDDLE_NOT_ON_MAIN.
   */
  readonly list: (signal?: AbortSignal) => Promise<readonly Tool[]>
  /**
   * Calls a tool by its name at the server. Rejects as `list` does, and with HEDDLE_INVALID_OPTION.
   */
  readonly call: (
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: McpCallOptions,
  ) => Promise<McpResult>
}

const OPTIONS: RulesOf<McpServerOptions> = {
  prefix: ruleThat('1 to 40 letters, digits, _ or -', (one) => {
    return typeof one === 'string' && /^[\w-]{1,40}$/.test(one)
  }),
  tools: eitherOf('a list of names, or a function', (given) => {
    return typeof given === 'function' ? SYNC_FUNCTION : listOf(NAME)
  }),
  mode: oneOf('parallel', 'serial', 'exclusive'),
  timeoutMs: MILLISECONDS,
  maxTimeoutMs: MILLISECONDS,
  connectTimeoutMs: MILLISECONDS,
  version: ruleThat("'legacy', 'auto' or { pin }", (given) => {
    return given === 'legacy' || given === 'auto' || typeof Object(given).pin === 'string'
  }),
}

const CALL_OPTIONS: RulesOf<McpCallOptions> = { signal: SIGNAL, onProgress: FUNCTION }

/**
 * The tools of an MCP server, by stdio or streamable HTTP. It needs the package
 * `@modelcontextprotocol/client`. Nothing is started here: the process connects once for all
 * threads, at the first use, and again after the connection has ended. Make it in the module that
 * defines the agents, which the main thread imports as well.
 *
 * Throws HEDDLE_INVALID_OPTION, which never repeats a value of `env` or `headers`.
 */
export function mcpServer(
  server: McpCommand | McpAddress,
  options: McpServerOptions = {},
): McpServer {
  const own = checkRules(options, OPTIONS)
  const misplaced = Object.keys(Object(server)).find((name) => Object.hasOwn(OPTIONS, name))
  if (misplaced !== undefined) {
    const rule = 'in the second argument: mcpServer({ name, … }, { … })'
    throw new HeddleError('HEDDLE_INVALID_OPTION', {
      option: misplaced,
      value: 'with the server',
      rule,
    })
  }
  const { timeoutMs = 60_000, connectTimeoutMs = 30_000, version = 'legacy' } = own
  const maxTimeoutMs = own.maxTimeoutMs ?? Math.max(600_000, timeoutMs)
  const definition: ServerDefinition = { ...checkServer(server), connectTimeoutMs, version }
  const limits = { timeoutMs, maxTimeoutMs }
  const ask = (what: string, of: McpAsk, { signal, onProgress }: McpCallOptions) => {
    const heard = hearing(signal, onProgress)
    return onMain({
      call: { kind: 'mcp', data: { server: definition, ask: of } },
      what,
      signal: heard.signal,
      progress: heard.onProgress,
    })
  }
  const call: McpServer['call'] = async (tool, args = {}, given = {}) => {
    if (typeof tool !== 'string') throw invalidOption('tool', tool, 'the name of a tool')
    if (!isRecord(args)) throw invalidOption('args', args, 'an object')
    const own = checkRules(given, CALL_OPTIONS)
    const copied = plainCopy(args, 'frozen')
    if (copied.kind === 'odd') {
      throw new HeddleError('HEDDLE_TOOL_ARGUMENTS', { tool, problem: copied.problem })
    }
    const of = { kind: 'call', name: tool, args: copied.value as typeof args, limits } as const
    return (await ask(`the tool '${tool}' of '${definition.name}'`, of, own)) as McpResult
  }
  const list = listing(
    own,
    (known, signal) => {
      const of = { kind: 'list', known, limits } as const
      return ask(`the list of '${definition.name}'`, of, { ...(signal && { signal }) })
    },
    call,
  )
  const names = Array.isArray(own.tools) && own.tools.map((name) => shownName(name, own.prefix))
  return Object.freeze({
    kind: 'tool-source',
    name: definition.name,
    ...(names && { names: Object.freeze(names) }),
    list,
    call,
  })
}

/** The list of this thread is made anew when it has changed. */
function listing(
  { tools: taken, prefix, mode = 'parallel' }: McpServerOptions,
  ask: (known: number | undefined, signal: AbortSignal | undefined) => Promise<unknown>,
  call: McpServer['call'],
): McpServer['list'] {
  let number: number | undefined
  let tools: readonly Tool[] = []
  const isTaken = ({ name }: ListedTool) => {
    return typeof taken === 'function' ? taken(name) : (taken?.includes(name) ?? true)
  }
  return async (signal) => {
    if (signal !== undefined && !isSignal(signal)) {
      throw invalidOption('signal', signal, 'an AbortSignal, as in list(signal)')
    }
    const answer = (await ask(number, signal)) as ListAnswer
    if (answer.tools !== undefined) {
      tools = toolsOf(answer.tools.filter(isTaken), { prefix, mode, call })
      number = answer.number
    }
    return tools
  }
}
