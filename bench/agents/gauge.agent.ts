import { defineAgent, defineRequest } from 'heddle'
import { heldBytes } from '../held-bytes.ts'
import { unchecked } from '../orders.ts'

export const Weigh = defineRequest('weigh', {
  reply: unchecked<{ readonly lane: number; readonly bytes: number }>(),
})

/** Answers how much memory its own thread holds. */
export const gauge = defineAgent(import.meta.url, {
  type: 'gauge',
  setup: ({ lane }) => ({ lane }),
  handlers: (on) => [on(Weigh, (_, turn) => ({ lane: turn.resources.lane, bytes: heldBytes() }))],
})
