import { assistantAgent, defineTeam, type ModelClient, roundRobin } from 'heddle/agentchat'
import { burn } from '../work.ts'

export const TURNS = 10
export const ANSWER = 'And what do you say?'

/** Answers at once. If the task is a number, it computes that many steps for each answer. */
const model: ModelClient = {
  name: 'immediate',
  capabilities: { tools: false, vision: false, structuredOutput: false },
  create: async ({ messages: [task] }) => {
    const steps = task?.role === 'user' ? Number(task.content) : 0
    if (steps > 0) burn(steps)
    const usage = { promptTokens: 0, completionTokens: 0 }
    return { content: ANSWER, toolCalls: [], finish: 'stop', usage }
  },
  countTokens: () => 0,
}

/** The two agents of `frameworks`, whose model keeps nothing and counts nothing. */
export const debaters = defineTeam(import.meta.url, {
  name: 'debaters',
  participants: [
    assistantAgent({ name: 'one', model, system: null }),
    assistantAgent({ name: 'other', model, system: null }),
  ],
  flow: roundRobin(),
  budget: { turns: TURNS },
})
