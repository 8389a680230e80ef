/** Stands for a model of a provider: in your program, `openai('gpt-5')` of `@ai-sdk/openai`. */
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test'

type Result = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Part = Result['stream'] extends ReadableStream<infer P> ? P : never

export const model = new MockLanguageModelV4({
  provider: 'mock',
  modelId: 'archivist-1',
  doStream: async ({ prompt }) => {
    const last = prompt.at(-1)
    if (last?.role === 'tool') return streamOf(...textParts('It is 8,000 years old.'))
    const asked = JSON.stringify(last?.content).includes('spindle') ? 'spindle' : 'loom'
    const input = JSON.stringify({ what: asked })
    const call = { type: 'tool-call', toolCallId: `call-${asked}`, toolName: 'archive', input }
    return streamOf(...textParts('I look it up.'), call as Part)
  },
})

function textParts(text: string): Part[] {
  const words = text.split(/(?<= )/).map((delta): Part => ({ type: 'text-delta', id: '1', delta }))
  return [{ type: 'text-start', id: '1' }, ...words, { type: 'text-end', id: '1' }]
}

function streamOf(...parts: readonly Part[]): Result {
  const inputTokens = { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 }
  const usage = { inputTokens, outputTokens: { total: 5, text: 5, reasoning: 0 } }
  const finishReason = { unified: 'stop', raw: 'stop' } as const
  const chunks: Part[] = [...parts, { type: 'finish', finishReason, usage }]
  return {
    stream: simulateReadableStream({ chunks, chunkDelayInMs: null, initialDelayInMs: null }),
  }
}
