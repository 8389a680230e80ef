/** A swarm: the agent that was handed over to speaks, until one hands over to the user. */
import { printRun } from 'heddle/agentchat'
import { support } from './support.team.ts'

for (const task of ['Where is my order? I want my money back.', 'Please send it once more.']) {
  const { stopReason } = await printRun(support.runStream({ task }), { totals: 'hidden' })
  console.log(`\nended, ${stopReason.kind}: ${stopReason.text}\n`)
  await support.reset()
}
