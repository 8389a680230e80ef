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

/** More than a lane may use for long, and far from what ends its thread. */
const FULL = 0.5
let hoard: object | undefined

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
      if (hoard !== undefined) return process.exit(3) // in a heap that is half full, V8 may end the whole process
      for (let kept: object = {}; ; ) kept = { kept }
    case 'loop':
      for (;;);
    case 'heap':
      // Links of a chain, which only a new thread gets rid of, as V8 can bear them; long lists in a full heap end the whole process.
      while (fullness() < FULL) {
        for (let links = 0; links < 50_000; links++) hoard = { hoard }
        await new Promise((resolve) => setImmediate(resolve))
      }
  }
}
