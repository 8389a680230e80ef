import { defineAgent, defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'

export const Call = defineMessage('call', z.object({ id: z.string() }))
const Order = defineMessage('order', z.object({ id: z.string() }))
export const Shipped = defineMessage('shipped', z.object({ order: z.string() }))
const InStock = defineRequest('in-stock', { payload: z.string(), reply: z.boolean() })

/** Takes calls. Each call has a key of its own, so calls are taken in parallel. */
export const phone = defineAgent(import.meta.url, {
  type: 'phone',
  handlers: (on) => [on(Call, ({ id }, turn) => turn.publish(Order({ id })))],
})

/** The mistake: all keys of a lane share this variable of the module. */
let current = ''

export const desk = defineAgent(import.meta.url, {
  type: 'desk',
  handlers: (on) => [
    on(Order, async ({ id }, turn) => {
      current = id
      if (await turn.send(InStock(id), 'stock/all')) turn.publish(Shipped({ order: current }))
    }),
  ],
})

export const stock = defineAgent(import.meta.url, {
  type: 'stock',
  handlers: (on) => [on(InStock, () => true)],
})
