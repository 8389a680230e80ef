/**
 * LangGraph.js: a graph of two nodes over a list of messages, with conditional edges between them.
 * Each node calls a chat model. It is the faster without a checkpointer.
 */
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { Framework } from '../rivals/framework.ts'
import { ImmediateModel } from './immediate-chat-model.ts'

type State = typeof MessagesAnnotation.State

export const startRival: Framework['startRival'] = (talk) => {
  const model = new ImmediateModel(talk)
  const speak = async ({ messages }: State) => ({ messages: [await model.invoke(messages)] })
  const untilEnd = <Next>(next: Next) => {
    return ({ messages }: State) => (messages.length > talk.turns ? END : next)
  }
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('one', speak)
    .addNode('other', speak)
    .addEdge(START, 'one')
    .addConditionalEdges('one', untilEnd('other'), ['other', END])
    .addConditionalEdges('other', untilEnd('one'), ['one', END])
    .compile()
  return {
    converse: async () => {
      const { messages } = await graph.invoke({ messages: [{ role: 'user', content: talk.task }] })
      return messages.length - 1
    },
  }
}
