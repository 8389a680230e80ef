/**
 * The parts of an answer, as its provider wants them back: in their order, each with its metadata,
 * such as the signature of a thought. They are kept beside the message, and not in place of it.
 */
import { isRecord } from '../describe.ts'
import type { ModelMessage, ModelResult, ProviderMetadata, ToolCall } from '../models/model.ts'
import type { AssistantPart } from './specification.ts'

type Assistant = Extract<ModelMessage, { readonly role: 'assistant' }>

/** The name under which a message keeps its parts. */
const NAME = 'ai-sdk'

interface Kept {
  readonly provider: string
  readonly parts: readonly AssistantPart[]
}

/** What to keep of an answer; undefined where the message alone gives the same parts. */
export function metadataOf(
  provider: string,
  parts: readonly AssistantPart[],
  result: Pick<ModelResult, 'content' | 'toolCalls' | 'thought'>,
): ProviderMetadata | undefined {
  const plain = plainParts(result)
  if (JSON.stringify(plain) === JSON.stringify(parts)) return undefined
  return { [NAME]: { provider, parts } satisfies Kept }
}

/**
 * The parts of an assistant's message: those that were kept, if they are this provider's and still
 * say what the message says, which a user's context may have changed.
 */
export function partsOf(provider: string, message: Assistant): readonly AssistantPart[] {
  const kept: unknown = message.metadata?.[NAME]
  if (!isRecord(kept) || kept.provider !== provider || !Array.isArray(kept.parts)) {
    return plainParts(message)
  }
  const parts = kept.parts as AssistantPart[]
  const { content, thought, toolCalls } = message
  const isSame = textIn(parts) === content && thoughtIn(parts) === (thought ?? '')
  return isSame && sameCalls(parts, toolCalls ?? []) ? parts : plainParts(message)
}

function plainParts({
  content,
  thought,
  toolCalls = [],
}: Pick<Assistant, 'content' | 'thought' | 'toolCalls'>): AssistantPart[] {
  return [
    ...(thought === undefined ? [] : [{ type: 'reasoning' as const, text: thought }]),
    ...(content === '' ? [] : [{ type: 'text' as const, text: content }]),
    ...toolCalls.map((call) => callPart(call)),
  ]
}

export function callPart({ id, name, arguments: text }: ToolCall) {
  return { type: 'tool-call' as const, toolCallId: id, toolName: name, input: inputOf(text) }
}

/** The text of an answer, of all its parts. */
export function textIn(parts: readonly AssistantPart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** What comes between two blocks of a thought. */
export const BETWEEN = '\n\n'

/** The thought in an answer, of all its parts. */
export function thoughtIn(parts: readonly AssistantPart[]): string {
  const texts = parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []))
  return texts.filter((text) => text !== '').join(BETWEEN)
}

function sameCalls(parts: readonly AssistantPart[], calls: readonly ToolCall[]): boolean {
  const own = parts.filter((part) => part.type === 'tool-call')
  if (own.length !== calls.length) return false
  return own.every(({ toolCallId, input }, at) => {
    const call = calls[at] as ToolCall
    return (
      toolCallId === call.id && JSON.stringify(input) === JSON.stringify(inputOf(call.arguments))
    )
  })
}

/**
 * The arguments of a call as a value. Providers take an object: a text that is not JSON, which the
 * model is told of in the call's result, is put into one.
 */
export function inputOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : { invalid: value }
  } catch {
    return { invalid: text }
  }
}
