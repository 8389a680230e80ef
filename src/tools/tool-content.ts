/** What a tool shows a model: text, pictures, and any value that it returns. */
import * as z from 'zod'
import { readFrom } from '../describe.ts'
import { jsonText } from '../json-text.ts'
import { readAs } from '../messages/plain.ts'
import type { ContentPart, ToolResult } from '../models/model.ts'
import { contentPart } from '../models/model-message.ts'
import { refuseTool } from './tool-refusal.ts'

/** The parts of a tool's result, as `toolContent` made them. */
export interface ToolContent {
  readonly parts: readonly ContentPart[]
}

const made = new WeakSet<object>()

/**
 * A result of texts and pictures, for a tool to return. A model that can't see is shown `<image>`.
 * Throws HEDDLE_INVALID_TOOL.
 */
export function toolContent(parts: readonly ContentPart[]): ToolContent {
  const read = readAs<readonly ContentPart[]>(z.array(contentPart).nonempty(), parts)
  if (read.kind === 'refused') throw refuseTool(`of the parts of its result, ${read.problem}`)
  const content = Object.freeze({ parts: read.value })
  made.add(content)
  return content
}

/** What a model is shown of the value that a tool has returned. */
export function shownOf(value: unknown): Pick<ToolResult, 'content' | 'isError'> {
  const unshown = unshownIn(value)
  return unshown === undefined
    ? { content: contentOf(value), isError: false }
    : { content: `Error: the tool ran, and gave ${unshown}`, isError: true }
}

/**
 * For a value whose content has not been read yet: its kind, and what to return in its place.
 * Undefined: the value can be shown.
 */
function unshownIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (tag === 'Response' || tag === 'Request' || tag === 'Blob' || tag === 'File') {
    return `a ${tag} that nobody has read; return what it holds, as \`await it.text()\` gives it`
  }
  const mend = 'return a string, or a list of everything that it yields'
  if (readFrom(value, Symbol.asyncIterator) !== undefined) return `an async iterable; ${mend}`
  return typeof readFrom(value, 'next') === 'function' && Symbol.iterator in value
    ? `an iterator; ${mend}`
    : undefined
}

/** Some providers refuse a result without text. */
function contentOf(value: unknown): ToolResult['content'] {
  if (typeof value === 'string') return value
  if (made.has(value as object)) return (value as ToolContent).parts
  return value === undefined ? '(nothing)' : jsonText(value)
}
