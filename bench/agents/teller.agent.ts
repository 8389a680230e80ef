import { defineAgent, defineRequest } from 'heddle'
import { type Receipt, receiptFor } from '../handlers.ts'
import { type OrderBody, unchecked } from '../orders.ts'

export const Tell = defineRequest('tell', {
  payload: unchecked<OrderBody>(),
  reply: unchecked<Receipt>(),
})

/**
 * Answers with a small object, and counts its answers, so that its keys have state and stay on the
 * lane that has it.
 */
export const teller = defineAgent(import.meta.url, {
  type: 'teller',
  state: { told: 0 },
  handlers: (on) => [
    on(Tell, (order, turn) => {
      turn.state.told++
      return receiptFor(order)
    }),
  ],
})
