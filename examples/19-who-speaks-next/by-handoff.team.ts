import { defineTeam, swarm } from 'heddle/agentchat'
import { member } from './member.ts'

const to = (name: string) => ({ toolCalls: [{ name: `transfer_to_${name}`, arguments: {} }] })

/** Whoever speaks decides whether another one is better suited, and passes the customer on. */
export const byHandoff = defineTeam(import.meta.url, {
  name: 'by-handoff',
  participants: [
    member('desk', 'Meets customers.', [to('repairs')], ['repairs']),
    member('repairs', 'Repairs looms.', ['A belt is torn; I replace it.', to('user')], ['user']),
  ],
  flow: swarm(),
})
