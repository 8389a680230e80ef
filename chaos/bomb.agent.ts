/**
 * Turns that end their thread or forget work that they began, each in its own way: at their first
 * attempt, or at every one.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { getHeapStatistics } from 'node:v8'
import { resourceLimits } from 'node:worker_threads'
import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'
import { Journal } from './journal.ts'

/**
 * What a handler can do to its thread. `heap` fills the heap, so that the lane is renewed before it
 * dies. `throw` throws where the error can't be traced to a turn.
 */
const KILLS = ['exit', 'throw', 'oom', 'loop', 'heap'] as const
/**
 * What a handler can forget. `forgotten`, `later` and `timer` fail their turn. `late` fails no
 * turn, since its own is over.
 */
export const SLIPS = ['forgotten', 'later', 'timer', 'late'] as const
export const WAYS = [...KILLS, ...SLIPS] as const

export const Bomb = defineMessage(
  'bomb',
  z.object({ id: z.string(), way: z.enum(WAYS), always: z.boolean() }),
)

/** More than a lane may use for long, and far less than what ends its thread. */
const FULL = 0.5
let hoard: object | undefined
const outside: (work: () => void) => void = AsyncLocalStorage.snapshot()

export const bomb = defineAgent(import.meta.url, {
  type: 'bomb',
  config: z.object({ journal: z.string() }),
  setup: ({ config }) => ({ journal: new Journal(config.journal) }),
  turnTimeoutMs: 600,
  retry: { maxAttempts: 5, firstDelayMs: 1 },
  handlers: (on) => [
    on(Bomb, async ({ id, way, always }, turn) => {
      const about = { id, agent: turn.id.type, key: turn.key, from: '' }
      turn.resources.journal.begin(about)
      turn.signal.addEventListener('abort', () => turn.resources.journal.failed(about))
      if (always || turn.attempt === 1) await goOff(way)
      turn.throwIfCancelled() // past its time it has done nothing, and must not count as handled
      turn.resources.journal.end({ ...about, amount: 0, published: [] })
    }),
  ],
})

/** The part of its heap that the thread uses, from 0 to 1. */
function fullness(): number {
  const { maxOldGenerationSizeMb = 0 } = resourceLimits
  return getHeapStatistics().used_heap_size / 2 ** 20 / maxOldGenerationSizeMb
}

async function goOff(way: (typeof WAYS)[number]): Promise<void> {
  switch (way) {
    case 'exit':
      return process.exit(3)
    case 'throw':
      outside(() => setImmediate(fails, 'thrown outside of any turn'))
      return new Promise(() => {})
    case 'oom':
      // When the heap is half full, V8 may end the whole process.
      if (hoard !== undefined) return process.exit(3)
      for (let kept: object = {}; ; ) kept = { kept }
    case 'loop':
      for (;;);
    case 'forgotten': // the turn has ended well when the rejection is noticed
      return void forgotten(0)
    case 'later':
      void forgotten(2)
      return new Promise(() => {})
    case 'timer':
      setTimeout(fails, 1, 'forgotten')
      return new Promise(() => {})
    case 'late':
      setTimeout(fails, 30, 'forgotten')
      return
    case 'heap':
      // Links of a chain, which stay until the thread is replaced. V8 copes with a chain; long
      // lists in a full heap end the whole process.
      while (fullness() < FULL) {
        for (let links = 0; links < 50_000; links++) hoard = { hoard }
        await new Promise((resolve) => setImmediate(resolve))
      }
  }
}

function fails(text: string): never {
  throw new Error(text)
}

async function forgotten(steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) await new Promise((resolve) => setImmediate(resolve))
  fails('forgotten')
}
