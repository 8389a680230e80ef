/**
 * A team of two, first by itself and then on lanes, from the same definition and with the same
 * transcript.
 */
import { ThreadedRuntime } from 'heddle'
import { printRun, type TaskResult, textOf } from 'heddle/agentchat'
import { writing } from './writing.team.ts'

const task = 'What is a weave, in one sentence?'

// The line of totals is hidden since its seconds differ each time.
const here = await printRun(writing.runStream({ task }), { totals: 'hidden' })
console.log(`\nended: ${here.stopReason.text}`)

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: writing.agents })
try {
  const onLanes = await writing.conversation(runtime, 'article-1').run({ task })
  const same = transcript(onLanes) === transcript(here)
  console.log(`on lanes: ${same ? 'the same transcript' : transcript(onLanes)}`)
} finally {
  await runtime.stop()
}

function transcript({ messages }: TaskResult): string {
  return messages.map((message) => `${message.source}: ${textOf(message)}`).join('\n')
}
