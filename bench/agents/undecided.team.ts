import { assistantAgent, defineTeam, type Flow } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

/** Never decides who speaks, as a selector whose model hangs. */
const flow: Flow = { kind: 'undecided', initial: {}, next: () => new Promise(() => {}) }

export const undecided = defineTeam(import.meta.url, {
  name: 'undecided',
  participants: [assistantAgent({ name: 'one', model: scriptedModel(() => 'Well.') })],
  flow,
  budget: { turns: 1 },
})
