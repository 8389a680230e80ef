/**
 * Three assistants hand over to each other. Real model clients would replace the scripted ones,
 * which answer by what they are shown.
 */
import { assistantAgent, defineTeam, type ModelRequest, swarm, tool } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { z } from 'zod'

const order = z.object({ order: z.string() })
const findOrder = tool({
  name: 'find_order',
  description: 'Finds the order of a customer.',
  parameters: z.object({ customer: z.string() }),
  run: () => ({ order: 'A-17', state: 'lost on the way' }),
})
const refund = tool({
  name: 'refund',
  description: 'Refunds an order.',
  parameters: order,
  run: ({ order: id }) => `${id} is refunded`,
})
const reship = tool({
  name: 'reship',
  description: 'Sends an order again.',
  parameters: order,
  run: ({ order: id }) => `${id} leaves today`,
})

/** A model that calls its tool first, and then the handoff that `then` returns. */
const uses = (name: string, args: object, then: (wish: string) => string) =>
  scriptedModel(({ messages }: ModelRequest) => {
    const ran = messages.some(
      (one) => one.role === 'tool' && one.results.some((result) => result.name === name),
    )
    if (!ran) return { toolCalls: [{ name, arguments: args }] }
    const wish = messages.find((one) => one.role === 'user')
    return { toolCalls: [{ name: then(String(wish?.content)), arguments: {} }] }
  })

const A17 = { order: 'A-17' }
const byWish = (wish: string) =>
  wish.includes('money') ? 'transfer_to_refunds' : 'transfer_to_shipping'
const common = { maxToolIterations: 2 } // once for its tool, once to hand over

export const support = defineTeam(import.meta.url, {
  name: 'support',
  participants: [
    assistantAgent({
      ...common,
      name: 'triage',
      model: uses('find_order', { customer: 'ada' }, byWish),
      tools: [findOrder],
      handoffs: ['refunds', 'shipping'],
    }),
    assistantAgent({
      ...common,
      name: 'refunds',
      model: uses('refund', A17, () => 'transfer_to_user'),
      tools: [refund],
      handoffs: ['triage', { target: 'user', message: 'Your money is on its way.' }],
    }),
    assistantAgent({
      ...common,
      name: 'shipping',
      model: uses('reship', A17, () => 'transfer_to_user'),
      tools: [reship],
      handoffs: ['triage', { target: 'user', message: 'Your order leaves today.' }],
    }),
  ],
  flow: swarm(),
  budget: { turns: 10 },
})
