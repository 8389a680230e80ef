/** The same program with five ways to decide who speaks next. */
import { type Team, textOf } from 'heddle/agentchat'
import { byChoice } from './by-choice.team.ts'
import { byHandoff } from './by-handoff.team.ts'
import { byMention } from './by-mention.team.ts'
import { byPlan } from './by-plan.team.ts'
import { fixedOrder } from './fixed-order.team.ts'

await show(fixedOrder, 'A sentence about looms.')
await show(byChoice, 'My loom does not run. What will it cost?')
await show(byHandoff, 'My loom does not run.')
await show(byPlan, 'How long are all threads of the cloth together? Each has 3 metres.')
await show(byMention, 'A blanket, please, @ann.')

async function show(team: Team, task: string): Promise<void> {
  console.log(`── ${team.name} ──`)
  const { messages, stopReason } = await team.run({ task })
  for (const message of messages) {
    const [line, ...more] = textOf(message).split('\n')
    console.log(`${message.source}: ${line}${more.length > 0 ? ' …' : ''}`)
  }
  console.log(`ended, ${stopReason.kind}: ${stopReason.text}\n`)
}
