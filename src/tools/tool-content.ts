/** What a tool shows a model: text, pictures, and any value that it returns. */
import { describe, isRecord, readFrom } from '../describe.ts'
import { jsonText } from '../json-text.ts'
import { readAs } from '../messages/plain.ts'
import type { ContentPart, ToolResult } from '../models/model.ts'
import { contentPart } from '../models/model-message.ts'
import { pictureProblem } from '../models/pictures.ts'
import { refuseTool } from './tool-refusal.ts'

/** The parts of a tool's result, as `toolContent` made them. */
export interface ToolContent {
  readonly parts: readonly ContentPart[]
}

const made = new WeakSet<object>()

/** The fields of a part, by its kind. */
const FIELDS: Readonly<Record<string, string>> = {
  text: 'text',
  image: 'mediaType and data',
  'image-url': 'url',
}

/**
 * A result of texts and pictures, for a tool to return. A model that can't see is shown `<image>`.
 * Throws HEDDLE_INVALID_TOOL, also for a picture that is none: a media type of something
 * else, data that is not base64, a URL that is not of http, https or data.
 */
export function toolContent(parts: readonly ContentPart[]): ToolContent {
  const refuse = (problem: string) => refuseTool(problem, 'toolContent')
  if (!Array.isArray(parts) || parts.length === 0) {
    throw refuse(`its parts are ${describe(parts)}, and must be a list with at least one part`)
  }
  const read = parts.map((part: unknown, at) => {
    const one = readAs<ContentPart>(contentPart, part)
    if (one.kind === 'refused') throw refuse(`part ${at} ${whyNone(part, one.problem)}`)
    const problem = one.value.kind === 'text' ? undefined : pictureProblem(one.value)
    if (problem !== undefined) throw refuse(`part ${at} is no picture: ${problem}`)
    return one.value
  })
  const content = Object.freeze({ parts: Object.freeze(read) })
  made.add(content)
  return content
}

function whyNone(part: unknown, problem: string): string {
  if (!isRecord(part)) return `is ${describe(part)}, and must be an object with a kind`
  const fields = typeof part.kind === 'string' ? FIELDS[part.kind] : undefined
  if (fields !== undefined) return `is of the kind '${part.kind}', and needs ${fields}: ${problem}`
  const kinds = Object.keys(FIELDS).map((kind) => `'${kind}'`)
  return `has the kind ${describe(part.kind)}, and must have one of ${kinds.join(', ')}`
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
