import { defineTeam, magenticOne } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { member } from './member.ts'

/** How the model judges the progress: JSON with a reason for each answer. */
function judgement(isDone: boolean, nextSpeaker: string, instruction: string) {
  const reason = isDone ? 'The length is known.' : 'The length is not known yet.'
  const because = <T>(answer: T) => ({ reason, answer })
  return JSON.stringify({
    is_request_satisfied: because(isDone),
    is_in_loop: because(false),
    is_progress_being_made: because(true),
    next_speaker: because(nextSpeaker),
    instruction_or_question: because(instruction),
  })
}

/** A model leads: it collects facts, plans, and after each turn judges and instructs. */
const leader = scriptedModel([
  'To look up: the number of threads. To work out: the length of all of them.',
  '1. The reader looks up the number. 2. The calculator multiplies it.',
  judgement(false, 'reader', 'How many threads has the cloth?'),
  judgement(false, 'calculator', 'What is 400 times 3 metres?'),
  judgement(true, 'reader', ''),
  'All threads together are 1,200 metres long.',
])

export const byPlan = defineTeam(import.meta.url, {
  name: 'by-plan',
  participants: [
    member('reader', 'Finds facts in documents.', ['It has 400.']),
    member('calculator', 'Calculates.', ['1,200 metres.']),
  ],
  flow: magenticOne({ model: leader }),
})
