import { defineAgent, defineMessage } from 'heddle'
import { read } from '../handlers.ts'
import { type OrderBody, unchecked } from '../orders.ts'

export const Order = defineMessage('order', unchecked<OrderBody>())

/** The least that a turn can be: no state, no schema, nothing published. */
export const reader = defineAgent(import.meta.url, {
  type: 'reader',
  subscriptions: [{ topic: Order.name }],
  handlers: (on) => [on(Order, (order) => read(order))],
})
