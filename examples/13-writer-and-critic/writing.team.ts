/**
 * Two assistants take turns until one approves or there are ten messages. Real model clients would
 * replace the scripted ones.
 */
import { assistantAgent, defineTeam, maxMessages, roundRobin, textMention } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

const drafts = ['Threads that cross.', 'Two sets of threads, crossed at right angles.']
const verdicts = ['How do they cross?', 'APPROVE']

export const writing = defineTeam(import.meta.url, {
  name: 'writing',
  participants: [
    assistantAgent({
      name: 'writer',
      system: 'Write what is asked for, and improve it when told how.',
      model: scriptedModel(drafts),
    }),
    assistantAgent({
      name: 'critic',
      system: 'Say what is missing. When nothing is, say APPROVE.',
      model: scriptedModel(verdicts),
    }),
  ],
  flow: roundRobin(),
  stopWhen: textMention('APPROVE').or(maxMessages(10)),
})
