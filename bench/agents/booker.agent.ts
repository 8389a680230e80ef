import { defineAgent, defineMessage } from 'heddle'
import { book } from '../handlers.ts'
import { orderSchema } from '../orders.ts'

export const Booking = defineMessage('booking', orderSchema)

/** Takes a checked message, and changes two fields of state in each turn. */
export const booker = defineAgent(import.meta.url, {
  type: 'booker',
  subscriptions: [{ topic: Booking.name }],
  state: { count: 0, total: 0 },
  handlers: (on) => [on(Booking, (order, turn) => book(order, turn.state))],
})
