/** Turns that end their thread, each in its own way: at their first attempt, or always. */

import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'
import { Journal } from './journal.ts'

/** What a handler can do to its thread. `heap`: fills it, so that the lane is renewed before it dies. */
export const WAYS = ['exit', 'throw', 'oom', 'loop', 'heap'] as const

export const Bomb = defineMessage(
  'bomb',
  z.object({ id: z.string(), way: z.enum(WAYS), always: z.boolean() }),
)

const hoard: number[][] = []

export const bomb = defineAgent(import.meta.url, {
  type: 'bomb',
  config: z.object({ journal: z.string() }),
  setup: ({ config }) => ({ journal: new Journal(config.journal) }),
  turnTimeoutMs: 200,
  handlers: (on) => [
    on(Bomb, async ({ id, way, always }, turn) => {
      const about = { id, agent: turn.id.type, key: turn.key, from: '' }
      turn.resources.journal.begin(about)
      if (always || turn.attempt === 1) await goOff(way)
      turn.resources.journal.end({ ...about, amount: 0, published: [] })
    }),
  ],
})

async function goOff(way: (typeof WAYS)[number]): Promise<void> {
  switch (way) {
    case 'exit':
      return process.exit(3)
    case 'throw':
      setImmediate(() => {
        throw new Error('thrown outside of any turn')
      })
      return new Promise(() => {})
    case 'oom':
      for (let kept: object = {}; ; ) kept = { kept }
    case 'loop':
      for (;;);
    case 'heap':
      // Some megabytes in small lists, which only a new thread gets rid of.
      for (let lists = 0; lists < 100; lists++)
        hoard.push(Array.from({ length: 40_000 }, (_, at) => at))
  }
}
