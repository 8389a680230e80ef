/** Auctions: agents without a model, and conditions that end them. */
import { type Condition, defineTeam, maxMessages, printRun, roundRobin } from 'heddle/agentchat'
import { bidder } from './bidder.ts'
import { passes, priceReaches } from './conditions.ts'

const bidders = [bidder('ann', 60), bidder('bob', 40)]

await auction('all-pass', passes(2).or(maxMessages(20)))
await auction('enough', priceReaches(30).or(passes(2)))
await auction('enough-and-long', priceReaches(30).and(maxMessages(5)))

async function auction(name: string, stopWhen: Condition): Promise<void> {
  const team = defineTeam({ name, participants: bidders, flow: roundRobin(), stopWhen })
  const stream = team.runStream({ task: 'A loom. Who bids more than 10?' })
  const { stopReason } = await printRun(stream, { totals: 'hidden' })
  if (stopReason.kind !== 'condition') throw new Error(stopReason.text)
  for (const hit of stopReason.conditions) {
    const figures = hit.kind === 'custom' ? ` ${JSON.stringify(hit.figures)}` : ''
    console.log(`${name} ended, ${hit.kind}: ${hit.text}${figures}`)
  }
  console.log()
}
