/** What a tool shows a model beside text: pictures. */
import { describe, isRecord } from '../../describe.ts'
import type { ContentPart } from '../../models/model.ts'
import { pictureProblem } from '../../models/pictures.ts'
import { readAs } from '../messages/chat-message.ts'
import { contentPart } from '../messages/model-message.ts'
import { refuseChat } from '../messages/refusal.ts'

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
 * Throws HEDDLE_INVALID_CHAT_AGENT, also for a picture that is none: a media type of something
 * else, data that is not base64, a URL that is not of http, https or data.
 */
export function toolContent(parts: readonly ContentPart[]): ToolContent {
  const refuse = (problem: string) => refuseChat('tool', problem, 'toolContent')
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

/** The parts of what a tool has returned, if `toolContent` made it. */
export function partsIn(value: unknown): readonly ContentPart[] | undefined {
  return made.has(value as object) ? (value as ToolContent).parts : undefined
}
