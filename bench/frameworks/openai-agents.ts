/**
 * OpenAI Agents: two agents that are run in turn on one session, without tracing. Runs that are
 * given the history of the run before take longer, and so does one run with handoffs.
 */
import { Agent, MemorySession, type Model, Runner, Usage } from '@openai/agents'
import type { Framework, Talk } from '../rivals/framework.ts'

export const startRival: Framework['startRival'] = (talk) => {
  const model = immediateModel(talk)
  const runner = new Runner({ tracingDisabled: true })
  const one = new Agent({ name: 'one', model })
  const other = new Agent({ name: 'other', model })
  return {
    converse: async () => {
      const session = new MemorySession()
      await runner.run(one, talk.task, { session })
      for (let turn = 1; turn < talk.turns; turn++) {
        await runner.run(turn % 2 === 0 ? one : other, [], { session })
      }
      const items = await session.getItems()
      return items.length - 1
    },
  }
}

function immediateModel({ answer, work }: Talk): Model {
  return {
    getResponse: async () => {
      work()
      return {
        usage: new Usage(),
        output: [
          {
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: answer }],
          },
        ],
      }
    },
    getStreamedResponse: () => {
      throw new Error('it does not stream')
    },
  }
}
