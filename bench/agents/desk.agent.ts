import { defineAgent, defineRequest } from 'heddle'
import { type Receipt, receiptFor } from '../handlers.ts'
import { type OrderBody, unchecked } from '../orders.ts'

export const Ask = defineRequest('ask', {
  payload: unchecked<OrderBody>(),
  reply: unchecked<Receipt>(),
})

/** Answers with a small object. */
export const desk = defineAgent(import.meta.url, {
  type: 'desk',
  handlers: (on) => [on(Ask, (order) => receiptFor(order))],
})
