/** An answer that does not fit fails its run; the next run asks again. */
import { type TaskResult, textOf } from 'heddle/agentchat'
import { inspection, Verdict } from './inspection.team.ts'

console.log(`the model is shown: ${JSON.stringify(Verdict.jsonSchema?.properties)}\n`)

const first = await inspection.run({ task: 'Inspect the blue cloth.' })
console.log(endOf(first))

const second = await inspection.run() // without a task, it goes on: the inspector is asked again
for (const message of second.messages) {
  console.log(`${message.source}, ${message.kind}: ${textOf(message)}`)
  if (Verdict.is(message)) console.log(`  the grade is ${message.content.grade}`)
}
console.log(endOf(second))

function endOf({ stopReason }: TaskResult): string {
  const code = stopReason.kind === 'failed' ? ` (${stopReason.error.code})` : ''
  return `ended, ${stopReason.kind}${code}: ${stopReason.text}\n`
}
