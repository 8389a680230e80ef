import { defineAgent, defineMessage, topicId } from 'heddle'
import { type Leg, nextLeg, RELAY_KEYS } from '../handlers.ts'
import { unchecked } from '../orders.ts'

export const Baton = defineMessage('baton', unchecked<Leg>())

const TOPICS = Array.from({ length: RELAY_KEYS }, (_, key) => topicId(Baton.name, `key-${key}`))

/** Each turn publishes the next message, to the next key. */
export const runner = defineAgent(import.meta.url, {
  type: 'runner',
  subscriptions: [{ topic: Baton.name }],
  handlers: (on) => [
    on(Baton, (leg, turn) => {
      const next = nextLeg(leg)
      if (next !== undefined) turn.publish(Baton(next), relayTopic(next.key))
    }),
  ],
})

export function relayTopic(key: number) {
  return TOPICS[key] as (typeof TOPICS)[number]
}
