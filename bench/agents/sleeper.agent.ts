import { setTimeout } from 'node:timers/promises'
import { defineAgent, defineRequest } from 'heddle'
import { unchecked } from '../orders.ts'

export const Nap = defineRequest('nap', {
  payload: unchecked<{ readonly ms: number }>(),
  reply: unchecked<'awake'>(),
})

/** Keeps a request waiting. */
export const sleeper = defineAgent(import.meta.url, {
  type: 'sleeper',
  handlers: (on) => [on(Nap, ({ ms }) => setTimeout(ms, 'awake' as const))],
})
