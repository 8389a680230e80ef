import { defineAgent } from 'heddle'
import { Done, Job, jobs } from './messages.ts'

/** Subscribes to the topic `jobs`, and gets the messages there that it has a handler for. */
export const worker = defineAgent(import.meta.url, {
  type: 'worker',
  subscriptions: [{ topic: jobs.type }],
  handlers: (on) => [
    on(Job, ({ text }, turn) => {
      const words = text.split(' ').length
      turn.publish(Done({ text, words }), jobs(turn.key))
    }),
  ],
})
