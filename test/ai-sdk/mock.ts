/** Answers and streams for the mock models of the AI SDK. */
import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { simulateReadableStream } from 'ai/test'

export const usage: LanguageModelV4GenerateResult['usage'] = {
  inputTokens: { total: 7, noCache: 7, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 3, text: 3, reasoning: undefined },
}

type Unified = LanguageModelV4GenerateResult['finishReason']['unified']
type Content = LanguageModelV4GenerateResult['content']

export function answer(content: string | Content, unified: Unified = 'stop') {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content
  return { content: parts, finishReason: { unified, raw: unified }, usage, warnings: [] }
}

export function call(toolName: string, input: object, toolCallId = `call-${toolName}`) {
  return { type: 'tool-call' as const, toolCallId, toolName, input: JSON.stringify(input) }
}

export function finish(unified: Unified = 'stop') {
  return { type: 'finish' as const, finishReason: { unified, raw: unified }, usage }
}

/** A stream of these parts, at once. */
export function streamOf(...chunks: readonly LanguageModelV4StreamPart[]) {
  const stream = simulateReadableStream({
    chunks: [{ type: 'stream-start' as const, warnings: [] }, ...chunks],
    initialDelayInMs: null,
    chunkDelayInMs: null,
  })
  return { stream }
}

/** A text in words, as the parts of a stream. */
export function textParts(text: string, id = '0'): LanguageModelV4StreamPart[] {
  const words = text.match(/\S+\s*/g) ?? []
  return [
    { type: 'text-start', id },
    ...words.map((delta) => ({ type: 'text-delta' as const, id, delta })),
    { type: 'text-end', id },
  ]
}
