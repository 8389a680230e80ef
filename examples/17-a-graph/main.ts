/** A graph with a join and a loop, on lanes, and a diagram of what it did. */
import { ThreadedRuntime } from 'heddle'
import { mermaidOf, textOf } from 'heddle/agentchat'
import { article, drawn } from './article.team.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: article.agents })
try {
  const conversation = article.conversation(runtime, 'article-1')
  const { messages, stopReason } = await conversation.run({ task: 'An article about heddles.' })
  for (const message of messages) console.log(`${message.source}: ${textOf(message)}`)
  console.log(`\n${stopReason.kind}: ${stopReason.text}\n`)
  const { manager } = await conversation.saveState()
  console.log(mermaidOf(drawn, manager.state.flow))
} finally {
  await runtime.stop()
}
