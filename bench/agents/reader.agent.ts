import { defineAgent, defineMessage } from 'heddle'
import { read } from '../handlers.ts'
import { type OrderBody, unchecked } from '../orders.ts'

export const Order = defineMessage('order', unchecked<OrderBody>())

/** The smallest possible turn: no state, no schema, and it publishes nothing. */
export const reader = defineAgent(import.meta.url, {
  type: 'reader',
  subscriptions: [{ topic: Order.name }],
  handlers: (on) => [on(Order, (order) => read(order))],
})
