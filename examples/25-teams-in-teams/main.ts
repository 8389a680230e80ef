/**
 * The run ends when it needs a human, who is asked deep within it, and continues with the answer.
 */
import { printRun } from 'heddle/agentchat'
import { shop } from './shop.team.ts'

const stream = shop.runStream({ task: 'We need a new loom.' })
const first = await printRun(stream, { totals: 'hidden' })
if (first.stopReason.kind !== 'input') throw new Error(first.stopReason.text)
console.log(`\nended, input: ${first.stopReason.text}\n`)

const rest = shop.runStream({ input: 'Yes. The old one is broken.' })
const last = await printRun(rest, { totals: 'hidden' })

const speakers = [...first.messages, ...last.messages].map(({ source }) => source)
console.log(`\nsaid in the shop itself: ${speakers.join(', ')}`)
