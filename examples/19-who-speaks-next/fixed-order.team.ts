import { defineTeam, roundRobin, sourceMatch } from 'heddle/agentchat'
import { member } from './member.ts'

/** The order is known beforehand, and the same for every task. */
export const fixedOrder = defineTeam(import.meta.url, {
  name: 'fixed-order',
  participants: [
    member('planner', 'Writes an outline.', ['1. what it is 2. since when']),
    member('writer', 'Writes the text.', ['A loom holds threads, and has for ages.']),
    member('editor', 'Shortens the text.', ['Looms have always held threads.']),
  ],
  flow: roundRobin(),
  stopWhen: sourceMatch(['editor']),
})
