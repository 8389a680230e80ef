/** Orders of a shop, and a clerk who answers questions about them. */
import { defineAgent, defineMessage, defineRequest } from 'heddle'
import { assistantAgent, defineTeam, maxMessages, roundRobin } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { z } from 'zod'

export const Order = defineMessage('order', z.object({ item: z.string(), price: z.number() }))
export const Total = defineRequest('total', { payload: z.object({}), reply: z.number() })

export const till = defineAgent(import.meta.url, {
  type: 'till',
  state: { total: 0 },
  subscriptions: [{ topic: 'order' }],
  handlers: (on) => [
    on(Order, ({ price }, turn) => {
      turn.state.total += price
    }),
    on(Total, (_, turn) => turn.state.total),
  ],
})

/** Stands for a real model. */
const model = scriptedModel(() => 'We open at nine, and we close when the last cake is gone.', {
  delayMs: 20, // after each word
})

export const shop = defineTeam(import.meta.url, {
  name: 'shop',
  participants: [assistantAgent({ name: 'clerk', model, stream: 'chunks' })],
  flow: roundRobin(),
  stopWhen: maxMessages(2),
})
