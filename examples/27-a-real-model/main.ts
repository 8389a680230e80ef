/**
 * A chat on the console with a team on lanes. With a real model, each line that you type is a
 * question; with the scripted one, there is one question.
 */
import { createInterface } from 'node:readline'
import { ThreadedRuntime } from 'heddle'
import { printRun } from 'heddle/agentchat'
import { isReal } from './model.ts'
import { shop } from './shop.team.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: shop.agents })
try {
  const chat = shop.conversation(runtime, 'chat')
  if (isReal) console.log('Ask what things cost; end with Ctrl+D.')
  const questions = isReal
    ? createInterface({ input: process.stdin })
    : ['What do tea and cake cost together?']
  for await (const task of questions) {
    const { stopReason } = await printRun(chat.runStream({ task }), { totals: 'hidden' })
    console.log(`\n${stopReason.kind}: ${stopReason.text}`)
  }
} finally {
  await runtime.stop()
}
