import { setTimeout as pause } from 'node:timers/promises'
import { assistantAgent, defineTeam, roundRobin } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

export const TURNS = 6
/** How long the model takes to answer. */
export const MODEL_MS = 200

/** Answers late, as a model does that is somewhere else. If the task says so, it never answers. */
const model = scriptedModel(async ({ messages, signal }) => {
  const task = messages.find(({ role }) => role === 'user')
  if (task?.role === 'user' && task.content === NEVER) return new Promise(() => {})
  await pause(MODEL_MS, undefined, { signal })
  return 'And what do you say?'
})

/** The task of a conversation whose model never answers. */
export const NEVER = 'Say nothing.'

/** Two assistants that speak in turn, with a model that takes its time. */
export const patient = defineTeam(import.meta.url, {
  name: 'patient',
  participants: [
    assistantAgent({ name: 'one', model, system: null }),
    assistantAgent({ name: 'other', model, system: null }),
  ],
  flow: roundRobin(),
  budget: { turns: TURNS },
})
