/** What a tool of a server has given, in heddle's words. */
import { isRecord } from '../describe.ts'
import type { ContentPart } from '../models/model.ts'

/** What a call of a tool results in. */
export interface McpResult {
  /** Never empty. */
  readonly parts: readonly ContentPart[]
  /** It fits the tool's output schema, if the tool has one. */
  readonly structured?: unknown
  /** The tool says that it failed, and `parts` say how. */
  readonly isError: boolean
}

/** The result of a call as the package gives it, which has checked it. */
export interface GivenResult {
  readonly content?: readonly unknown[]
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** What a result without content is told as. */
export const NOTHING = '(nothing)'

export function resultOf({ content = [], structuredContent, isError }: GivenResult): McpResult {
  const parts = content.map(partOf)
  if (parts.length === 0) {
    const text = structuredContent === undefined ? NOTHING : JSON.stringify(structuredContent)
    parts.push({ kind: 'text', text })
  }
  return {
    parts,
    ...(structuredContent !== undefined && { structured: structuredContent }),
    isError: isError === true,
  }
}

/** How many characters a result has, with its pictures. */
export function sizeOf({ parts, structured }: McpResult): number {
  const sizes = parts.map((part) => {
    return part.kind === 'text' ? part.text.length : part.kind === 'image' ? part.data.length : 0
  })
  const size = structured === undefined ? 0 : JSON.stringify(structured).length
  return sizes.reduce((sum, one) => sum + one, size)
}

/** What a model can't be shown is told in words. */
function partOf(given: unknown): ContentPart {
  const part = given as Record<string, unknown>
  const text = (words: string): ContentPart => ({ kind: 'text', text: words })
  switch (part.type) {
    case 'text':
      return text(String(part.text))
    case 'image':
      return { kind: 'image', mediaType: String(part.mimeType), data: String(part.data) }
    case 'audio':
      return text(`(audio of the type ${part.mimeType}, which can't be shown)`)
    case 'resource_link':
      return text(linkText(part))
    case 'resource':
      return resourcePart(part.resource)
    default:
      return text(`(content of the type '${part.type}', which can't be shown)`)
  }
}

function linkText({ uri, name, title, description, mimeType }: Record<string, unknown>): string {
  const about = [title ?? name, mimeType, description].filter((one) => one !== undefined)
  return `(a link to ${uri}: ${about.join(', ')})`
}

function resourcePart(given: unknown): ContentPart {
  const resource = isRecord(given) ? given : {}
  const { uri, mimeType, text, blob } = resource
  if (typeof text === 'string') return { kind: 'text', text }
  if (typeof blob === 'string' && typeof mimeType === 'string' && mimeType.startsWith('image/')) {
    return { kind: 'image', mediaType: mimeType, data: blob }
  }
  const type = mimeType === undefined ? '' : ` of the type ${mimeType}`
  return { kind: 'text', text: `(the resource ${uri}${type}, which can't be shown)` }
}
