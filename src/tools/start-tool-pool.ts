/** A pool of tools for programs that use nothing else of heddle. */

import { thrownText } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { isLaneThread } from './main-part.ts'
import { checkArguments, plainInfo, poolCallOf } from './module-call.ts'
import { type ModuleTool, placeOptions, type ToolRunOptions } from './module-tool.ts'
import { isToolThread, type PlaceOptions } from './pool-call.ts'
import { poolSettings, type ToolPoolOptions } from './pool-options.ts'
import {
  type AiSdkTool,
  inSequence,
  looseSchema,
  type OpenAIAgentsTool,
  schemaFor,
} from './sdk-tools.ts'
import { definitionOf, type ToolDefinition } from './tool-definition.ts'
import { type PoolStats, ThreadPool } from './tool-pool.ts'
import { refuseTool } from './tool-refusal.ts'

/** A pool of threads for tools. Its methods work without their object. */
export interface ToolPool {
  /** Runs a tool on a thread of this pool. Rejects as `run` of the tool does. */
  readonly run: <Input, Result>(
    tool: ModuleTool<Input, Result>,
    args: Input,
    options?: ToolRunOptions,
  ) => Promise<Result>
  /**
   * A tool for `tools` of the AI SDK. The SDK checks the arguments with it, its abort signal
   * reaches the thread, and what the tool shows while it runs is its preliminary result. A full
   * queue is waited for.
   */
  readonly aiSdkTool: <Input, Result>(tool: ModuleTool<Input, Result>) => AiSdkTool<Input, Result>
  /**
   * The options of `tool` of the OpenAI Agents SDK. The arguments are checked here, and the SDK's
   * abort signal reaches the thread. A full queue is waited for.
   */
  readonly openaiAgentsTool: <Result>(tool: ModuleTool<never, Result>) => OpenAIAgentsTool<Result>
  /** The tool as a function. */
  readonly plainFunction: <Input, Result>(
    tool: ModuleTool<Input, Result>,
  ) => (args: Input, options?: ToolRunOptions) => Promise<Result>
  /** What the pool holds now. */
  readonly stats: () => PoolStats
  /**
   * Ends all calls, with HEDDLE_TOOL_POOL_STOPPED, and all threads. Resolves when they have ended.
   * Later calls are refused.
   */
  readonly stop: () => Promise<void>
}

/**
 * Starts a pool of threads for tools that `defineTool` made with `runs: 'pool'`. Threads start with
 * the first calls, and an idle pool keeps no process alive. Throws HEDDLE_INVALID_OPTION and
 * HEDDLE_NO_TOOL_ENTRY; the functions of the pool throw HEDDLE_INVALID_TOOL for another kind of
 * tool.
 */
export function startToolPool(options: ToolPoolOptions = {}): ToolPool {
  if (isLaneThread() || isToolThread()) {
    const problem =
      'this is the thread of a lane or of a pool, which knows nothing of the locks of the process; start it on the main thread'
    throw new HeddleError('HEDDLE_TOOL_NO_POOL', { problem })
  }
  const pool = new ThreadPool(poolSettings(options))
  const start = <Result>(
    definition: ToolDefinition,
    args: unknown,
    place: PlaceOptions,
    callId?: string,
  ) => {
    const call = poolCallOf(definition, args, plainInfo(callId))
    return pool.start(call, place).result as Promise<Result>
  }
  const run: ToolPool['run'] = async (tool, args, given = {}) => {
    const definition = poolDefinition(tool)
    const place = placeOptions(given)
    return start(definition, checkArguments(definition, args), place)
  }
  return Object.freeze({
    run,
    aiSdkTool: <Input, Result>(tool: ModuleTool<Input, Result>): AiSdkTool<Input, Result> => {
      const definition = poolDefinition(tool)
      return {
        description: tool.description,
        inputSchema: schemaFor(definition, tool.parameters),
        execute: (input, { toolCallId, abortSignal }) => {
          const begin = async (onProgress: (value: unknown) => void, signal: AbortSignal) => {
            const own = { signal, onProgress, whenFull: 'wait' } as const
            return start<Result>(definition, input, own, toolCallId)
          }
          return inSequence(begin, abortSignal)
        },
      }
    },
    openaiAgentsTool: <Result>(tool: ModuleTool<never, Result>): OpenAIAgentsTool<Result> => {
      const definition = poolDefinition(tool)
      return {
        name: tool.name,
        description: tool.description,
        parameters: looseSchema(tool.parameters),
        strict: false,
        execute: async (input, _context, details = {}) => {
          const { signal, toolCall } = details
          const own = placeOptions({ ...(signal !== undefined && { signal }), whenFull: 'wait' })
          return start(definition, checkArguments(definition, input), own, toolCall?.callId)
        },
        errorFunction: (_context, error) => `Error: ${thrownText(error)}`,
      }
    },
    plainFunction: <Input, Result>(tool: ModuleTool<Input, Result>) => {
      poolDefinition(tool)
      return (args: Input, given?: ToolRunOptions) => run(tool, args, given)
    },
    stats: () => pool.stats,
    stop: () => pool.stop(),
  })
}

/** Throws HEDDLE_INVALID_TOOL. */
function poolDefinition(tool: { readonly name: string }): ToolDefinition {
  const definition = definitionOf(tool)
  if (definition?.runs === 'pool') return definition
  const mend = "define it with defineTool(import.meta.url, { …, runs: 'pool' }), and export it"
  throw refuseTool(`it can't run in a pool; ${mend}`, Object(tool).name)
}
