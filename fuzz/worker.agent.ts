/**
 * An agent that does what its message says, even what no agent should do. It counts the turns that
 * it commits.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  defineAgent,
  defineMessage,
  defineRequest,
  type KeyedState,
  keyed,
  type Schema,
  type Turn,
} from 'heddle'
import { Random } from '../src/testing/random.ts'
import { anyId, anyValue } from './values.ts'

/**
 * What a turn can be made to do. `value` is what arrives, and `seed` what the turn makes up its own
 * values from.
 */
export const DEEDS = [
  'nothing',
  'reply',
  'keep',
  'publish',
  'emit',
  'log',
  'ask',
  'ask-own',
  'hold',
  'throw',
  'change',
  'late',
  'forget',
  'forget-late',
  'timer',
  'listen',
] as const
export type Deed = (typeof DEEDS)[number]

export interface Order {
  readonly deed: Deed
  readonly seed: number
  readonly value?: unknown
  /** Turns that may still descend from it. */
  readonly left: number
}

/** Accepts any order: the runtime alone decides which values can cross. */
const order: Schema<Order> = {
  '~standard': { version: 1, vendor: 'fuzz', validate: (value) => ({ value: value as Order }) },
}
const anything: Schema<unknown> = {
  '~standard': { version: 1, vendor: 'fuzz', validate: (value) => ({ value }) },
}

export const Job = defineMessage('job', order)
export const Ask = defineRequest('ask', { payload: order, reply: anything })

interface State {
  turns: number
  kept: unknown
  list: unknown[]
  entries: KeyedState<unknown>
}

/** Its turns are not counted: it answers within the turns of its key. */
export const clerk = defineAgent(import.meta.url, {
  type: 'clerk',
  state: { asked: 0 },
  handlers: (on) => [
    on(Ask, ({ seed }, turn) => {
      turn.state.asked += 1
      const chance = new Random(seed)
      if (chance.next() < 0.2) throw anyValue(chance)
      return anyValue(chance)
    }),
  ],
})

export const worker = defineAgent(import.meta.url, {
  type: 'worker',
  retry: { maxAttempts: 2, firstDelayMs: 1 },
  state: { turns: 0, kept: undefined as unknown, list: [] as unknown[], entries: keyed<unknown>() },
  subscriptions: [{ topic: 'job' }, { topicPrefix: 'other' }],
  handlers: (on) => {
    async function obey({ deed, seed, left }: Order, turn: Turn<State>): Promise<unknown> {
      const chance = new Random(seed)
      const value = () => anyValue(chance)
      const next = (): Order => ({
        deed: chance.of(DEEDS),
        seed: chance.below(2 ** 31),
        left: left - 1,
      })
      turn.state.turns += 1
      switch (deed) {
        case 'nothing':
          return undefined
        case 'reply':
          return value()
        case 'keep':
          if (chance.next() < 0.5) turn.state.kept = value()
          else turn.state.entries.set(chance.of(['', 'a', '\0', '__proto__']), value())
          return undefined
        case 'publish':
          if (left > 0) turn.publish(Job(next()), anyId(chance, 'job') as string)
          if (left > 0 && chance.next() < 0.3) turn.publish(value() as never, value() as never)
          return undefined
        case 'emit':
          turn.emit(value())
          return undefined
        case 'log':
          turn.log('debug', value() as string, value() as Record<string, unknown>)
          return undefined
        case 'ask': {
          const to = anyId(chance, 'worker') as string
          const signal = chance.next() < 0.3 ? AbortSignal.timeout(chance.below(20)) : undefined
          const deadlineMs = 1 + chance.below(500)
          if (left > 0) return turn.send(Ask(next()), to, { deadlineMs, ...(signal && { signal }) })
          return turn.send(value() as never, value() as never)
        }
        case 'ask-own':
          return turn.send(Ask(next()), { type: 'clerk', key: turn.key })
        case 'hold':
          return turn.withLimit('door', () => pause(chance.below(10)), { deadlineMs: 500 })
        case 'throw':
          throw value()
        case 'change':
          Reflect.set(Object(turn.config), 'changed', true)
          turn.state.list.push(1)
          Reflect.set(turn.state, chance.of(['unknown', 'list']), value())
          return undefined
        case 'late': {
          const { list } = turn.state
          setTimeout(() => list.push('late'), chance.below(20))
          setTimeout(() => swallow(() => turn.publish(Job(next()))), chance.below(20))
          return undefined
        }
        case 'forget':
          void failing(value())
          return undefined
        case 'forget-late':
          void pause(chance.below(20)).then(() => failing(value()))
          return undefined
        case 'timer':
          setTimeout(() => {
            throw value()
          }, chance.below(20))
          if (chance.next() < 0.5) await pause(chance.below(30))
          return undefined
        case 'listen':
          turn.signal.addEventListener('abort', () => {
            throw value()
          })
          await pause(chance.below(30))
          turn.throwIfCancelled()
          return undefined
      }
    }
    return [
      on(Job, (given, turn) => obey(given as Order, turn)),
      on(Ask, (given, turn) => obey(given as Order, turn)),
    ]
  },
})

async function failing(reason: unknown): Promise<void> {
  throw reason
}

function swallow(act: () => void): void {
  try {
    act()
  } catch {
    // the turn has ended, so the refusal is right
  }
}
