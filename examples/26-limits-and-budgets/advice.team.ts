/** Two teams that differ in one line: whether they say what their model server can take. */
import { assistantAgent, defineTeam, roundRobin, type TeamOptions } from 'heddle/agentchat'
import { model } from './server.ts'

const advice = {
  participants: [
    assistantAgent({ name: 'adviser', model, system: null }),
    assistantAgent({ name: 'checker', model, system: null, turnTimeoutMs: 600_000 }),
  ],
  flow: roundRobin(),
  turnTimeoutMs: 120_000, // of each turn, with its waits for the model and for the limit
  budget: { turns: 2, tokens: 10_000, ms: 900_000 }, // of each run
} satisfies Partial<TeamOptions>

export const hasty = defineTeam(import.meta.url, { name: 'hasty', ...advice })

export const advised = defineTeam(import.meta.url, {
  name: 'advised',
  ...advice,
  limit: 'model-server', // each model call holds it, in all conversations and on all lanes
})
