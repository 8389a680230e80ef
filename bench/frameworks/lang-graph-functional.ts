/** LangGraph.js by its functional API: an entrypoint in which two tasks are called in turn. */
import { type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { entrypoint, task } from '@langchain/langgraph'
import type { Framework } from '../rivals/framework.ts'
import { ImmediateModel } from './immediate-chat-model.ts'

export const startRival: Framework['startRival'] = (talk) => {
  const model = new ImmediateModel(talk)
  const speakerOf = (name: string) => {
    return task(name, (messages: BaseMessage[]) => model.invoke(messages))
  }
  const one = speakerOf('one')
  const other = speakerOf('other')
  const conversation = entrypoint('conversation', async (given: BaseMessage[]) => {
    const messages = [...given]
    while (messages.length <= talk.turns) {
      const speaker = messages.length % 2 === 1 ? one : other
      messages.push(await speaker(messages))
    }
    return messages
  })
  return {
    converse: async () => {
      const messages = await conversation.invoke([new HumanMessage(talk.task)])
      return messages.length - 1
    },
  }
}
