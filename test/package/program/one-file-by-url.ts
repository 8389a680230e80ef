/** A program in one file that works: its lanes import the file, and only define the agent. */
import { isMainThread } from 'node:worker_threads'
import { agentAt, defineAgent, defineRequest, ThreadedRuntime } from 'heddle'
import { z } from 'zod'

const Where = defineRequest('where', { reply: z.int() })
export const teller = defineAgent(import.meta.url, {
  type: 'teller',
  setup: ({ lane }) => ({ lane }),
  handlers: (on) => [on(Where, (_, turn) => turn.resources.lane)],
})

if (isMainThread) {
  const agents = [agentAt(new URL(import.meta.url), { type: 'teller' })]
  const runtime = await ThreadedRuntime.start({ lanes: 1, agents })
  console.log(await runtime.send(Where(), 'teller/a'))
  await runtime.stop()
}
