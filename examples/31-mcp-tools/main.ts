/** Two visitors ask at once, on two lanes. Both are served by one process of the MCP server. */
import { join } from 'node:path'
import { ThreadedRuntime } from 'heddle'
import { textOf } from 'heddle/agentchat'
import { desk, library } from './librarian.team.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: desk.agents })
try {
  const path = join(import.meta.dirname, 'library')
  const { parts } = await library.call('list_directory', { path }) // without a model
  for (const part of parts) if (part.kind === 'text') console.log(`${part.text}\n`)
  const questions = ['What is there on looms?', 'What is there on spindles?']
  const runs = questions.map((task, at) =>
    desk.conversation(runtime, `visitor-${at}`).run({ task }),
  )
  for (const { messages, stopReason } of await Promise.all(runs)) {
    const last = messages.at(-1)
    console.log(last === undefined ? stopReason : textOf(last))
  }
} finally {
  await runtime.stop()
}
