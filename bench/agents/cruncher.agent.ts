import { defineAgent, defineMessage } from 'heddle'
import { unchecked } from '../orders.ts'
import { burn } from '../work.ts'

export const Crunch = defineMessage('crunch', unchecked<{ readonly steps: number }>())

/** Computes and does nothing else. */
export const cruncher = defineAgent(import.meta.url, {
  type: 'cruncher',
  subscriptions: [{ topic: Crunch.name }],
  handlers: (on) => [on(Crunch, ({ steps }) => burn(steps))],
})
