/**
 * Tools that models call: defined with a schema of their arguments. A call gives a result, also
 * when it fails.
 */
import { callOut } from '../agents/call-out.ts'
import { thrownText } from '../describe.ts'
import type { Schema } from '../messages/schema.ts'
import type { ToolCall, ToolResult, ToolSpec } from '../models/model.ts'
import type { NamesOf } from '../option-names.ts'
import { shownOf } from './tool-content.ts'
import {
  argumentsOf,
  checkTool,
  type ToolContext,
  type ToolMode,
  type ToolOptions,
} from './tool-options.ts'

/** A tool whose calls need a context of the type `Context`. */
export interface Tool<Context = ToolContext> extends ToolSpec {
  readonly kind: 'tool'
  readonly mode: ToolMode
  /**
   * Runs the tool. Never rejects for an error of the tool or the model: that is a result. Rejects
   * when the signal aborts, and with HEDDLE_ASYNC_SCHEMA.
   */
  readonly call: (call: ToolCall, context: Context) => Promise<ToolResult>
}

/** The names of the options that every tool has. */
export const TOOL_NAMES: NamesOf<ToolOptions<Schema>> = {
  name: true,
  description: true,
  parameters: true,
  jsonSchema: true,
  mode: true,
  run: true,
}

/** A tool that runs beside its caller. Throws HEDDLE_INVALID_TOOL and HEDDLE_ASYNC_SCHEMA. */
export function makeTool<S extends Schema, Context extends ToolContext>(
  options: ToolOptions<S, Context>,
): Tool<Context> {
  const jsonSchema = checkTool(options, TOOL_NAMES)
  const { name, description, parameters, mode = 'parallel', run } = options
  return Object.freeze({
    kind: 'tool',
    name,
    description,
    mode,
    parameters: jsonSchema,
    call: (call: ToolCall, context: Context) => {
      return answerWith(name, call, context.signal, () => {
        const args = argumentsOf(call.arguments, parameters, name)
        if (args.kind === 'refused') return { content: args.problem, isError: true }
        return callOut(context.signal, () => run(args.value as never, context)).then(shownOf)
      })
    },
  })
}

/** What a model is shown of a call. */
export type Shown = Pick<ToolResult, 'content' | 'isError'>

/**
 * The result of a call, also where it fails. Rejects with the signal's reason once that aborts, and
 * with HEDDLE_ASYNC_SCHEMA.
 */
export async function answerWith(
  name: string,
  call: ToolCall,
  signal: AbortSignal,
  run: () => Shown | Promise<Shown>,
): Promise<ToolResult> {
  const running = run() // throws only what the call is to reject with
  try {
    return { callId: call.id, name, ...(await running) }
  } catch (error) {
    signal.throwIfAborted()
    return { callId: call.id, name, content: `Error: ${thrownText(error)}`, isError: true }
  }
}

/** Whether a value is a tool: made by heddle, or of the same shape. */
export function isTool(value: unknown): value is Tool {
  const { kind, name, call } = Object(value) as Partial<Tool>
  return kind === 'tool' && typeof name === 'string' && typeof call === 'function'
}
