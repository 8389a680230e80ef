import { defineAgent, defineMessage, defineRequest, keyed } from 'heddle'
import { z } from 'zod'

export const Transfer = defineMessage('transfer', z.object({ id: z.string(), amount: z.int() }))
export const Statement = defineRequest('statement', {
  reply: z.object({ balance: z.int(), transfers: z.array(z.string()) }),
})

export const account = defineAgent(import.meta.url, {
  type: 'account',
  state: {
    balance: 0,
    // stored entry by entry: a turn pays only for the entries that it touches
    transfers: keyed<number>(),
  },
  handlers: (on) => [
    on(Transfer, ({ id, amount }, turn) => {
      turn.state.transfers.set(id, amount)
      turn.state.balance += amount
      // The state is already changed, but a turn that throws leaves no trace.
      if (turn.state.balance < 0) throw new Error(`${id} would overdraw the account`)
    }),
    on(Statement, (_, turn) => {
      const { balance, transfers } = turn.state
      return { balance, transfers: [...transfers.entries()].map(([id, sum]) => `${id} ${sum}`) }
    }),
  ],
})
