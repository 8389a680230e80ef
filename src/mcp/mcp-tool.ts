/** A tool of a server as a tool of an agent. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { frozenCopy } from '../messages/plain.ts'
import type { ToolCall } from '../models/model.ts'
import { answerWith, type Shown, type Tool } from '../tools/tool.ts'
import { argumentsOf, type ToolContext, type ToolMode } from '../tools/tool-options.ts'
import { refuseTool } from '../tools/tool-refusal.ts'
import type { ListedTool } from './mcp-ask.ts'
import { type McpResult, NOTHING } from './result.ts'

/** Any object: the server checks what is in it. */
const ARGUMENTS = z.looseObject({})

export interface Offering {
  readonly prefix: string | undefined
  readonly mode: ToolMode
  readonly call: (
    tool: string,
    args: Readonly<Record<string, unknown>>,
    options: { readonly signal: AbortSignal; readonly onProgress: (value: unknown) => void },
  ) => Promise<McpResult>
}

/**
 * The tools of a list, by the names that models are shown: where two names of a server become one,
 * both get an ending made of the name at the server.
 */
export function toolsOf(listed: readonly ListedTool[], how: Offering): Tool[] {
  const own = new Map(listed.filter(({ name }) => name !== '').map((one) => [one.name, one]))
  const counts = new Map<string, number>()
  for (const { name } of own.values()) {
    const shown = shownName(name, how.prefix)
    counts.set(shown, (counts.get(shown) ?? 0) + 1)
  }
  return [...own.values()].map((one) => {
    const shown = shownName(one.name, how.prefix)
    const isAlone = counts.get(shown) === 1
    const ending = createHash('sha256').update(one.name).digest('hex').slice(0, 6)
    return toolOf(one, isAlone ? shown : `${shown.slice(0, 57)}_${ending}`, how)
  })
}

function toolOf(
  { name: own, description, parameters }: ListedTool,
  name: string,
  how: Offering,
): Tool {
  const refuse = (problem: string) =>
    refuseTool(`in the schema of its parameters, ${problem}`, name)
  return Object.freeze({
    kind: 'tool',
    name,
    description,
    mode: how.mode,
    parameters: frozenCopy(parameters, refuse),
    call: (call: ToolCall, context: ToolContext) => {
      const { signal, progress } = context
      return answerWith(name, call, signal, () => {
        const args = argumentsOf(call.arguments, ARGUMENTS, name)
        if (args.kind === 'refused') return { content: args.problem, isError: true }
        const given = args.value as Record<string, unknown>
        return how.call(own, given, { signal, onProgress: progress }).then(shownOf)
      })
    },
  })
}

/** Models accept letters, digits, `_` and `-`, at most 64, and servers have others as well. */
export function shownName(name: string, prefix: string | undefined): string {
  const whole = prefix === undefined ? name : `${prefix}_${name}`
  const shown = whole.replaceAll(/[^\w-]/g, '_').slice(0, 64)
  return shown in {} ? `${shown.slice(0, 63)}_` : shown // every object has a member of that name
}

/** A result of texts alone is a text. */
function shownOf({ parts, isError }: McpResult): Shown {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  const content = texts.length === parts.length ? texts.join('\n') : parts
  if (!isError) return { content, isError }
  // some models are not shown that a result is an error, so its words say so
  const words = content === NOTHING ? 'it failed, and did not say why' : content
  if (typeof words === 'string') return { content: `Error: ${words}`, isError }
  return { content: [{ kind: 'text', text: 'Error:' }, ...words], isError }
}
