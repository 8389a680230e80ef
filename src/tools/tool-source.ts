/** Where tools come from that are not known when an agent is defined, as those of a server. */
import { callOut } from '../agents/call-out.ts'
import { describe, HeddleError } from '../errors.ts'
import { isTool, type Tool } from './tool.ts'
import type { ToolContext } from './tool-options.ts'
import { refuseTool } from './tool-refusal.ts'

/** A list of tools that may change. An assistant asks for it before each call of its model. */
export interface ToolSource<Context = ToolContext> {
  readonly kind: 'tool-source'
  /** For errors. */
  readonly name: string
  /** The names of its tools, where they are known in advance. */
  readonly names?: readonly string[]
  /** Its tools now. Rejects with the signal's reason once that aborts. */
  readonly list: (signal: AbortSignal) => Promise<readonly Tool<Context>[]>
}

/** Whether a value is a source: made by heddle, or of the same shape. */
export function isToolSource(value: unknown): value is ToolSource {
  const { kind, name, list } = Object(value) as Partial<ToolSource>
  return kind === 'tool-source' && typeof name === 'string' && typeof list === 'function'
}

/** What has a name, and who gave it. */
export interface Named {
  readonly name: string
  /** As in `the source 'files'`. */
  readonly owner: string
}

/** Throws HEDDLE_TOOL_NAMES when two have one name. */
export function checkNames(agent: string, all: readonly Named[]): void {
  const owners = new Map<string, string>()
  for (const { name: tool, owner } of all) {
    const other = owners.get(tool)
    if (other !== undefined) {
      throw new HeddleError('HEDDLE_TOOL_NAMES', { agent, tool, owners: [other, owner] })
    }
    owners.set(tool, owner)
  }
}

export function namedBy(source: string, names: readonly string[]): Named[] {
  return names.map((name) => ({ name, owner: `'${source}'` }))
}

/**
 * The tools that the sources have now, in their order. Rejects as a source does, with
 * HEDDLE_INVALID_TOOL when it gives anything else than tools, and with the signal's reason.
 */
export async function toolsOf<Context>(
  sources: readonly ToolSource<Context>[],
  signal: AbortSignal,
): Promise<{ readonly source: string; readonly tools: readonly Tool<Context>[] }[]> {
  const lists = sources.map(async (source) => {
    const tools: unknown = await callOut(signal, () => source.list(signal))
    if (Array.isArray(tools) && tools.every(isTool)) return { source: source.name, tools }
    throw refuseTool(`the source '${source.name}' gave ${describe(tools)}, and must give tools`)
  })
  return Promise.all(lists) as Promise<{ source: string; tools: readonly Tool<Context>[] }[]>
}
