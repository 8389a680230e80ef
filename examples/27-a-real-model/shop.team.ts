/** A planner and a worker take turns until the planner says that it is done. */
import {
  assistantAgent,
  defineTeam,
  maxMessages,
  roundRobin,
  textMention,
  tool,
} from 'heddle/agentchat'
import { z } from 'zod'
import { modelOr } from './model.ts'

const PRICES: Readonly<Record<string, number>> = { tea: 3, cake: 4, coffee: 5 }

const priceOf = tool({
  name: 'price_of',
  description: `The price of one thing. There are: ${Object.keys(PRICES).join(', ')}.`,
  parameters: z.object({ item: z.string() }),
  run: ({ item }) => PRICES[item.toLowerCase()] ?? `there is no ${item}`,
})
const asks = (item: string) => ({ name: 'price_of', arguments: { item } })

const planner = assistantAgent({
  name: 'planner',
  description: 'Says what to do next.',
  system:
    'You answer questions with the help of a worker. Say in one sentence what the worker is to ' +
    'find out next. Once you know the answer, give it, with the word DONE.',
  model: modelOr(['Look up what tea and cake cost.', 'DONE: tea and cake cost 7 together.']),
  stream: 'chunks',
})
const worker = assistantAgent({
  name: 'worker',
  description: 'Looks up prices.',
  system: 'You do what the planner says, with your tool, and report what you have found.',
  model: modelOr([{ toolCalls: [asks('tea'), asks('cake')] }, 'Tea costs 3, and cake costs 4.']),
  tools: [priceOf],
  reflect: 'after-tools', // the model is called again, with the results
  stream: 'chunks',
})

export const shop = defineTeam(import.meta.url, {
  name: 'shop',
  participants: [planner, worker],
  flow: roundRobin(),
  stopWhen: textMention('DONE', { sources: ['planner'] }).or(maxMessages(12)),
})
