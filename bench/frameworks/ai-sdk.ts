/** The AI SDK: two agents that are called in turn with all messages so far. */
import type { LanguageModelV4, LanguageModelV4Usage } from '@ai-sdk/provider'
import { type ModelMessage, ToolLoopAgent } from 'ai'
import type { Framework, Talk } from '../rivals/framework.ts'

export const startRival: Framework['startRival'] = (talk) => {
  const model = immediateModel(talk)
  const one = new ToolLoopAgent({ id: 'one', model })
  const other = new ToolLoopAgent({ id: 'other', model })
  return {
    converse: async () => {
      const messages: ModelMessage[] = [{ role: 'user', content: talk.task }]
      for (let turn = 0; turn < talk.turns; turn++) {
        const { responseMessages } = await (turn % 2 === 0 ? one : other).generate({ messages })
        messages.push(...responseMessages)
      }
      return messages.length - 1
    },
  }
}

const usage: LanguageModelV4Usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

function immediateModel({ answer, work }: Talk): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'bench',
    modelId: 'immediate',
    supportedUrls: {},
    doGenerate: async () => {
      work()
      return {
        content: [{ type: 'text', text: answer }],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      }
    },
    doStream: () => {
      throw new Error('it does not stream')
    },
  }
}
