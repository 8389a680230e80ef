/** Two visitors ask at once, on two lanes. Both are served by one process of the MCP server. */
import { ThreadedRuntime } from 'heddle'
import { textOf } from 'heddle/agentchat'
import { desk } from './librarian.team.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: desk.agents })
try {
  const questions = ['What is there on looms?', 'What is there on spindles?']
  const runs = questions.map((task, at) => desk.conversation(runtime, `visitor-${at}`).run({ task }))
  for (const { messages, stopReason } of await Promise.all(runs)) {
    const last = messages.at(-1)
    console.log(last === undefined ? stopReason : textOf(last))
  }
} finally {
  await runtime.stop()
}
