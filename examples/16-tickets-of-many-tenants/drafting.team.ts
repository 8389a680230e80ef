/**
 * Writes a ticket's answer. Real model clients would replace the scripted ones, which answer by
 * what they are shown.
 */
import * as chat from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

const shown = ({ messages }: chat.ModelRequest) =>
  messages.flatMap((one) => (one.role === 'user' ? [one.content] : [])).join(' | ')
const weighing = scriptedModel((request) => {
  return shown(request).includes('key account') ? 'comes first' : 'waits its turn'
})

export const drafting = chat.defineTeam(import.meta.url, {
  name: 'drafting',
  participants: [
    chat.assistantAgent({ name: 'lead', model: weighing }),
    {
      // It repeats everything that it is shown, so a note would show up in its answer.
      agent: chat.assistantAgent({ name: 'writer', model: scriptedModel(shown) }),
      filter: { per: [{ source: 'customer' }, { source: 'lead' }] },
    },
  ],
  flow: chat.roundRobin(),
  stopWhen: chat.sourceMatch(['writer']),
})
