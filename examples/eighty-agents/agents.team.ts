/** Agents with one model, and with or without a tool. */
import { assistantAgent, defineTeam, maxMessages, roundRobin } from 'heddle/agentchat'
import { openaiModel } from 'heddle/openai'
import { findDuplicates, neverEnds } from './tools.ts'

const model = openaiModel({ model: 'local', retries: 0 }) // at OPENAI_BASE_URL
const common = { model, stream: 'chunks', reflect: 'after-tools' } as const

const answers = { flow: roundRobin(), stopWhen: maxMessages(2) }

export const talker = defineTeam(import.meta.url, {
  name: 'talker',
  participants: [assistantAgent({ name: 'agent', ...common })],
  ...answers,
})
export const searcher = defineTeam(import.meta.url, {
  name: 'searcher',
  participants: [assistantAgent({ name: 'agent', ...common, tools: [findDuplicates] })],
  ...answers,
})
export const dreamer = defineTeam(import.meta.url, {
  name: 'dreamer',
  participants: [assistantAgent({ name: 'agent', ...common, tools: [neverEnds] })],
  ...answers,
})
