/** Stands for a model of a provider: in your program, `openai('gpt-5')` of `@ai-sdk/openai`. */
import { MockLanguageModelV4 } from 'ai/test'

type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>

export const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => {
    const last = prompt.at(-1)
    if (last?.role === 'tool') {
      const [told] = last.content
      const output = told?.type === 'tool-result' ? told.output : undefined
      return answer({ type: 'text', text: `I was told ${JSON.stringify(output)}` }, 'stop')
    }
    const isCount = JSON.stringify(last?.content).includes('How many')
    const toolName = isCount ? 'count_primes' : 'largest_prime'
    const input = isCount ? '{"below":4000000}' : '{}'
    return answer({ type: 'tool-call', toolCallId: toolName, toolName, input }, 'tool-calls')
  },
})

function answer(
  part: Result['content'][number],
  unified: Result['finishReason']['unified'],
): Result {
  const inputTokens = { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 }
  const usage = { inputTokens, outputTokens: { total: 5, text: 5, reasoning: 0 } }
  return { content: [part], finishReason: { unified, raw: unified }, usage, warnings: [] }
}
