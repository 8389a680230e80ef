import { defineTeam, selector, textMention } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { member } from './member.ts'

/** A model reads what was said, and chooses among the others by their descriptions. */
const chooser = scriptedModel(['mechanic or clerk', 'mechanic', 'clerk'])

export const byChoice = defineTeam(import.meta.url, {
  name: 'by-choice',
  participants: [
    member('clerk', 'Knows orders and prices.', ['A new belt is 40. SOLVED']),
    member('mechanic', 'Knows how looms break.', ['It needs a new belt. What is that?']),
    member('teacher', 'Explains how to weave.', []),
  ],
  flow: selector({ model: chooser }),
  stopWhen: textMention('SOLVED'),
})
