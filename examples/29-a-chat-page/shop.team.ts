/** A host who welcomes guests, and a cashier who knows what things cost. */
import { assistantAgent, defineTeam, swarm, textMessage, tool } from 'heddle/agentchat'
import { z } from 'zod'
import { modelOr } from './model.ts'
import { cashierSays, hostSays } from './script.ts'

export const PRICES: Readonly<Record<string, number>> = { tea: 3, cake: 4, coffee: 5 }

const priceOf = tool({
  name: 'price_of',
  description: `The price of one thing. There are: ${Object.keys(PRICES).join(', ')}.`,
  parameters: z.object({ item: z.string() }),
  run: ({ item }) => PRICES[item.toLowerCase()] ?? `there is no ${item}`,
})

const host = assistantAgent({
  name: 'host',
  description: 'Welcomes guests.',
  system:
    'You welcome the guests of a tea room. Hand over to the cashier when one asks for prices.',
  model: modelOr(hostSays),
  handoffs: ['cashier'],
  stream: 'chunks',
})
const cashier = assistantAgent({
  name: 'cashier',
  description: 'Knows what things cost.',
  system: 'You tell the guests of a tea room what things cost. Look each price up with your tool.',
  model: modelOr(cashierSays),
  tools: [priceOf],
  handoffs: ['host'],
  reflect: 'after-tools', // the model is called again, with the results
  stream: 'chunks',
})

/** Who was handed over to speaks until the guest has an answer. */
export const shop = defineTeam(import.meta.url, {
  name: 'shop',
  participants: [host, cashier],
  flow: swarm(),
  stopWhen: textMessage({ source: 'host' }).or(textMessage({ source: 'cashier' })),
  budget: { turns: 8 },
})
