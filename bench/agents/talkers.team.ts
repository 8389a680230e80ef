import { assistantAgent, defineTeam, roundRobin } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { burn } from '../work.ts'

export const TURNS = 10

/** Answers at once. If the task is a number, it computes that many steps for each answer. */
const model = scriptedModel(({ messages }) => {
  const task = messages.find(({ role }) => role === 'user')
  const steps = task?.role === 'user' ? Number(task.content) : 0
  if (steps > 0) burn(steps)
  return 'And what do you say?'
})

/** Two assistants that speak in turn. */
export const talkers = defineTeam(import.meta.url, {
  name: 'talkers',
  participants: [
    assistantAgent({ name: 'one', model, system: null }),
    assistantAgent({ name: 'other', model, system: null }),
  ],
  flow: roundRobin(),
  budget: { turns: TURNS },
})
