import { assistantAgent, defineTeam, roundRobin } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { burn } from '../work.ts'

export const TURNS = 10

/** Answers at once. A task that is a number has it compute so many steps for each answer. */
const model = scriptedModel(({ messages }) => {
  const task = messages.find(({ role }) => role === 'user')
  const steps = task?.role === 'user' ? Number(task.content) : 0
  if (steps > 0) burn(steps)
  return 'And what do you say?'
})

/** Two who talk, one after the other. */
export const talkers = defineTeam(import.meta.url, {
  name: 'talkers',
  participants: [
    assistantAgent({ name: 'one', model, system: null }),
    assistantAgent({ name: 'other', model, system: null }),
  ],
  flow: roundRobin(),
  budget: { turns: TURNS },
})
