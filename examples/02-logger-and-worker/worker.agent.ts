import { defineAgent } from 'heddle'
import { Done, Job, jobs } from './messages.ts'

/** Hears the topic `jobs`, and of what it carries the messages that it has a handler for. */
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
