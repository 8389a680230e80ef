/** What stands behind a tool of a module, and how another thread finds it. */
import { isRecord, readFrom, textFrom } from '../describe.ts'
import { HeddleError, problemOf } from '../errors.ts'
import type { Schema } from '../messages/schema.ts'
import type { ToolContext, ToolMode } from './tool-options.ts'

/** Where a tool runs: beside its caller, or in a pool of threads. */
export type Runs = 'lane' | 'pool'

export interface ToolDefinition {
  readonly name: string
  /** The URL of the module that exports the tool. */
  readonly module: string
  readonly parameters: Schema
  readonly runs: Runs
  readonly mode: ToolMode
  readonly key: ((args: never) => unknown) | undefined
  readonly atMost: number | undefined
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly run: (args: never, context: ToolContext) => unknown
}

/** The definitions of the tools that this copy of heddle made. */
const definitions = new WeakMap<object, ToolDefinition>()

export function noteDefinition(tool: object, definition: ToolDefinition): void {
  definitions.set(tool, definition)
}

/** Undefined for a value that `defineTool` of this copy of heddle did not make. */
export function definitionOf(tool: unknown): ToolDefinition | undefined {
  return definitions.get(tool as object)
}

/**
 * Imports the module and finds the tool that it exports. Throws HEDDLE_TOOL_LOAD_FAILED, which says
 * what to do.
 */
export async function importTool(module: string, name: string): Promise<ToolDefinition> {
  const refuse = (problem: string, cause?: unknown) => {
    const given = cause === undefined ? {} : { cause }
    return new HeddleError('HEDDLE_TOOL_LOAD_FAILED', { tool: name, module, problem }, given)
  }
  let exported: Record<string, unknown>
  try {
    exported = await import(module)
  } catch (cause) {
    throw refuse(problemOf(cause), cause)
  }
  const found = Object.values(exported).filter((value) => isModuleTool(value, name))
  if (found.length === 0) {
    throw refuse('it does not export a tool of this name; export what defineTool returns')
  }
  if (new Set(found).size > 1) {
    throw refuse('it exports two tools of this name; give each tool of a module its own')
  }
  const definition = found.map(definitionOf).find((one) => one !== undefined)
  if (definition !== undefined) return definition
  throw refuse("it was defined with another copy of heddle; make 'heddle' resolve to one copy")
}

function isModuleTool(value: unknown, name: string): boolean {
  if (!isRecord(value)) return false
  return textFrom(value, 'name') === name && readFrom(value, 'runs') !== undefined
}
