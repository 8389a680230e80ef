import { defineAgent, defineMessage } from 'heddle'
import { unchecked } from '../orders.ts'
import { spend } from './virtual-runtime.ts'

export const Spend = defineMessage('spend', unchecked<{ readonly ms: number }>())

/** Spends simulated time and does nothing else. */
export const spender = defineAgent(import.meta.url, {
  type: 'spender',
  subscriptions: [{ topic: Spend.name }],
  handlers: (on) => [on(Spend, ({ ms }) => void spend(ms))],
})
