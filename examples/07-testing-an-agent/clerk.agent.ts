import { defineAgent, defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'

export const Order = defineMessage('order', z.object({ item: z.string(), count: z.int() }))
export const Invoice = defineMessage('invoice', z.object({ number: z.int(), total: z.number() }))
export const Price = defineRequest('price', {
  payload: z.object({ item: z.string() }),
  reply: z.number(),
})

/** Writes invoices. It asks the catalogue for prices and prints on paper. */
export const clerk = defineAgent(import.meta.url, {
  type: 'clerk',
  config: z.object({ limit: z.number() }),
  setup: () => ({ print: (line: string) => console.log(line) }),
  state: { invoices: 0 },
  handlers: (on) => [
    on(Order, async ({ item, count }, turn) => {
      turn.state.invoices += 1
      const price = await turn.send(Price({ item }), `catalogue/${turn.key}`)
      const total = price * count
      if (total > turn.config.limit) throw new RangeError(`${total} is over the limit`)
      turn.resources.print(`${count} ${item}: ${total}`)
      turn.publish(Invoice({ number: turn.state.invoices, total }))
    }),
  ],
})
