/** Turns that end their thread, each in its own way: at their first attempt, or always. */

import { getHeapStatistics } from 'node:v8'
import { resourceLimits } from 'node:worker_threads'
import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'
import { Journal } from './journal.ts'

/** What a handler can do to its thread. `heap`: fills it, so that the lane is renewed before it dies. */
export const WAYS = ['exit', 'throw', 'oom', 'loop', 'heap'] as const

export const Bomb = defineMessage(
  'bomb',
  z.object({ id: z.string(), way: z.enum(WAYS), always: z.boolean() }),
)

/** More than a lane may use for long, and not so much that its thread dies of it. */
const FULL = 0.81
const hoard: number[][] = []

export const bomb = defineAgent(import.meta.url, {
  type: 'bomb',
  config: z.object({ journal: z.string() }),
  setup: ({ config }) => ({ journal: new Journal(config.journal) }),
  turnTimeoutMs: 600,
  handlers: (on) => [
    on(Bomb, async ({ id, way, always }, turn) => {
      const about = { id, agent: turn.id.type, key: turn.key, from: '' }
      turn.resources.journal.begin(about)
      if (always || turn.attempt === 1) await goOff(way)
      turn.resources.journal.end({ ...about, amount: 0, published: [] })
    }),
  ],
})

/** What part of its heap the thread uses. */
function fullness(): number {
  const { maxOldGenerationSizeMb = 0 } = resourceLimits
  return getHeapStatistics().used_heap_size / 2 ** 20 / maxOldGenerationSizeMb
}

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
      // Short lists, which only a new thread gets rid of; a little at a time, or V8 ends the whole process.
      while (fullness() < FULL) {
        for (let lists = 0; lists < 500; lists++) hoard.push(new Array(1_000).fill(lists))
        await new Promise((resolve) => setImmediate(resolve))
      }
  }
}
