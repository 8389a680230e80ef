/**
 * Two agents on one topic: a worker on a lane, and a logger on the main thread, which owns the
 * output.
 */
import { closureAgent, ThreadedRuntime } from 'heddle'
import { Done, Job, jobs } from './messages.ts'
import { worker } from './worker.agent.ts'

const logger = closureAgent({
  type: 'logger',
  subscriptions: [{ topic: jobs.type }],
  handlers: (on) => [
    on(Job, ({ text }) => console.log(`job:  ${text}`)),
    on(Done, ({ text, words }, turn) => {
      console.log(`done: ${text} (${words} words, by the ${turn.sender?.type})`)
    }),
  ],
})

const runtime = await ThreadedRuntime.start({ lanes: 1, agents: [worker, logger] })
try {
  await runtime.publish(Job({ text: 'warp the loom' }), jobs('monday'))
  await runtime.publish(Job({ text: 'throw the shuttle' }), jobs('monday'))
  await runtime.idle()

  const { accepted, handled } = runtime.stats()
  console.log(`${accepted} deliveries accepted, ${handled} handled`)
} finally {
  await runtime.stop()
}
