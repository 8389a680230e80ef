import { setTimeout as pause } from 'node:timers/promises'
import { type Runtime, ThreadedRuntime, type TopicId } from 'heddle'
import { MODEL_MS, NEVER, patient, TURNS } from './agents/patient.team.ts'
import { Order, reader } from './agents/reader.agent.ts'
import { publishInBursts, THREADS, topicsOf, turnsPerSecond, WINDOW } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

const KEYS = 1_024
/** How long the models alone take for a whole conversation. */
const MODELS_SECONDS = (TURNS * MODEL_MS) / 1_000

/** What conversations cost that wait for their models: their own time, and that of other turns. */
export const waiting: Question = {
  name: 'waiting',
  asks: `conversations whose model takes ${MODEL_MS} ms, and turns beside those that wait for it`,
  goals: {
    overModels: { kind: 'at most', value: 1.6 },
    besideWaiting: { kind: 'at least', value: 0.9 },
  },
  answer: (setting) =>
    onStage(async (stage) => {
      const isFull = setting.size === 'full'
      const talks = isFull ? 500 : 50
      const waiters = isFull ? 5_000 : 500
      const messages = isFull ? 100_000 : 20_000
      const options = {
        lanes: THREADS,
        agents: [...patient.agents, reader],
        bounds: { messages: WINDOW + 2 * waiters, keyMessages: WINDOW },
      }
      const free = await stage.enter(ThreadedRuntime.start(options))
      const full = await stage.enter(ThreadedRuntime.start(options))
      const ending = new AbortController()
      const { ended } = await keepWaiting(full, waiters, ending.signal)
      const times = await race(
        {
          talk: () => secondsOf(() => converse(free, talks)),
          alone: () => turnsOn(free, messages),
          beside: () => turnsOn(full, messages),
        },
        setting,
      )
      ending.abort('measured')
      await ended
      return {
        figures: {
          talkSeconds: spreadOf(times.talk),
          alonePerSecond: spreadOf(times.alone),
          besidePerSecond: spreadOf(times.beside),
        },
        ratios: {
          overModels: spreadOf(times.talk.map((seconds) => seconds / MODELS_SECONDS)),
          besideWaiting: ratioOf(times.beside, times.alone),
        },
      }
    }),
}

let laps = 0

/** Runs `count` conversations at once. Throws unless each of them has all its turns. */
async function converse(runtime: Runtime, count: number): Promise<void> {
  const lap = ++laps
  const results = await Promise.all(
    Array.from({ length: count }, (_, at) => {
      return patient.conversation(runtime, `lap-${lap}-${at}`).run({ task: 'Well?' })
    }),
  )
  const cut = results.find(({ messages }) => messages.length !== TURNS + 1)
  if (cut !== undefined) throw new Error(`a conversation ended early: ${cut.stopReason.text}`)
}

/**
 * Resolves when the models of `count` conversations are asked, which never answer; to a promise
 * that resolves when they have been ended by `signal`.
 */
async function keepWaiting(runtime: Runtime, count: number, signal: AbortSignal) {
  const runs = Array.from({ length: count }, (_, at) => {
    return patient.conversation(runtime, `waiter-${at}`).run({ task: NEVER, signal })
  })
  const ended = Promise.all(runs).then(() => {})
  // the manager's turn, which begins the conversation, and nothing of the speaker's
  while (runtime.stats().handled < count) await Promise.race([pause(10), ended])
  return { ended }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

const topics = topicsOf(Order.name, KEYS)

function turnsOn(runtime: Runtime, turns: number): Promise<number> {
  return turnsPerSecond(runtime, turns, () => settled(runtime, turns))
}

async function settled(runtime: Runtime, turns: number): Promise<void> {
  const { handled } = runtime.stats()
  await publishInBursts(
    runtime,
    turns,
    (index) => Order(orderAt(index)),
    (index) => topics[index % KEYS] as TopicId,
  )
  while (runtime.stats().handled < handled + turns) await pause(1)
}
