import { defineTeam, type Flow, textOf } from 'heddle/agentchat'
import { member } from './member.ts'

/** Whoever was called last, as in `@ann`, speaks; when nobody was, the run is complete. */
const mentioned: Flow = {
  kind: 'mentioned',
  initial: {},
  next: ({ speakers, thread }) => {
    const [last] = thread.read(thread.length - 1)
    const called = speakers.find(({ name }) => last && textOf(last).includes(`@${name}`))
    if (called !== undefined) return { kind: 'speak', names: [called.name] }
    return { kind: 'stop', reason: { kind: 'completed', text: 'nobody was called' } }
  },
}

export const byMention = defineTeam(import.meta.url, {
  name: 'by-mention',
  participants: [
    member('ann', 'Weaves.', ['Wool is ready. Which colour, @bob?']),
    member('bob', 'Dyes.', ['Blue.']),
  ],
  flow: mentioned,
})
