/**
 * A planner, and a human who decides. A real model client would replace the scripted one, which
 * answers by what it is shown.
 */
import {
  assistantAgent,
  defineTeam,
  roundRobin,
  textMention,
  userProxyAgent,
} from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

const planning = scriptedModel(({ messages }) => {
  const last = messages.at(-1)
  if (last?.role !== 'user' || last.source !== 'human') {
    return 'By train it takes 9 hours, by air 2. Which one?'
  }
  return `Booked, as you said: ${last.content}. DONE`
})

export const trip = defineTeam(import.meta.url, {
  name: 'trip',
  participants: [
    assistantAgent({ name: 'planner', model: planning }),
    userProxyAgent({ name: 'human' }),
  ],
  flow: roundRobin(),
  stopWhen: textMention('DONE'),
})
