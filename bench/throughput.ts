import {
  type Message,
  type Runtime,
  SingleThreadedRuntime,
  ThreadedRuntime,
  type TopicId,
} from 'heddle'
import { Booking, booker } from './agents/booker.agent.ts'
import { Order, reader } from './agents/reader.agent.ts'
import {
  IN_FLIGHT,
  keepInFlight,
  publishAll,
  runtimeOptions,
  threadedOptions,
  topicsOf,
  turnsPerSecond,
} from './load.ts'
import { type OrderBody, orderAt } from './orders.ts'
import type { Findings, Question } from './question.ts'
import { perSecond, race } from './race.ts'
import { bestPool } from './rivals/best-pool.ts'
import {
  chunkedLapOfEach,
  enterPools,
  lapOfEach,
  POOL_NAMES,
  POOL_PACKAGES,
  type Pool,
  type PoolName,
  startPiscina,
} from './rivals/pools.ts'
import { RawBatches } from './rivals/raw-batches.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage, type Stage } from './stage.ts'

const KEYS = 1_024
const CHUNK = 256
/** How many chunks a pool has in flight: twice what keeps its threads busy. */
const CHUNKS_IN_FLIGHT = 16

export const throughput: Question = {
  name: 'throughput',
  asks: `objects of 60 bytes on ${KEYS} keys, counted when settled`,
  goals: {
    plainOverPool: { kind: 'at least', value: 15 },
    plainOfRaw: { kind: 'at least', value: 0.6 },
    fullOverPool: { kind: 'at least', value: 10 },
    fullOfRaw: { kind: 'at least', value: 0.4 },
    singleOverPool: { kind: 'at least', value: 10 },
  },
  packages: [POOL_PACKAGES],
  answer: (setting) =>
    onStage(async (stage) => {
      const isFull = setting.size === 'full'
      const messages = isFull ? 200_000 : 30_000
      const tasks = isFull ? 40_000 : 8_000
      const defaults = await stage.enter(startPiscina())
      const pools = await enterPools(stage)
      const rates = await race(
        {
          ...(await heddleLaps(stage, messages)),
          // with fewer, a lap would be too short to measure
          ...(await rawLaps(stage, 4 * messages)),
          ...lapOfEach(pools, (pool) => runTasks(pool, tasks)),
          ...chunkedLapOfEach(pools, (pool) => runChunks(pool, messages)),
          defaults: () => runTasks(defaults, tasks),
        },
        setting,
      )
      return findings(rates)
    }),
}

async function heddleLaps(stage: Stage, messages: number) {
  const agents = [reader, booker]
  const threaded = await stage.enter(ThreadedRuntime.start({ ...threadedOptions, agents }))
  const single = await stage.enter(SingleThreadedRuntime.start({ ...runtimeOptions, agents }))
  const lap = (runtime: Runtime, type: string, make: (order: OrderBody) => Message) => {
    const topics = topicsOf(type, KEYS)
    return () =>
      turnsPerSecond(runtime, messages, () =>
        publishAll(
          runtime,
          messages,
          (index) => make(orderAt(index)),
          (index) => topics[index % KEYS] as TopicId,
        ),
      )
  }
  return {
    plain: lap(threaded, Order.name, Order),
    full: lap(threaded, Booking.name, Booking),
    singlePlain: lap(single, Order.name, Order),
    singleFull: lap(single, Booking.name, Booking),
  }
}

async function rawLaps(stage: Stage, messages: number) {
  const plain = await stage.enter(new RawBatches('read'))
  const full = await stage.enter(new RawBatches('book'))
  const keys = Array.from({ length: KEYS }, (_, index) => `key-${index}`)
  const lap = (raw: RawBatches) => () => perSecond(messages, () => raw.run(messages, keys))
  return { rawPlain: lap(plain), rawFull: lap(full) }
}

function runTasks(pool: Pool, tasks: number): Promise<number> {
  return perSecond(tasks, () =>
    keepInFlight(tasks, IN_FLIGHT, (index) => pool.run('noop', orderAt(index))),
  )
}

function runChunks(pool: Pool, messages: number): Promise<number> {
  const chunks = Math.ceil(messages / CHUNK)
  const chunkAt = (chunk: number) => {
    return Array.from({ length: CHUNK }, (_, index) => orderAt(chunk * CHUNK + index))
  }
  return perSecond(chunks * CHUNK, () =>
    keepInFlight(chunks, CHUNKS_IN_FLIGHT, (chunk) => pool.run('chunk', chunkAt(chunk))),
  )
}

type Contestants =
  | keyof Awaited<ReturnType<typeof heddleLaps>>
  | keyof Awaited<ReturnType<typeof rawLaps>>
  | PoolName
  | `chunked ${PoolName}`
  | 'defaults'

function findings(rates: Record<Contestants, number[]>): Findings {
  const best = bestPool(rates)
  const pool = rates[best]
  const chunkedPool = rates[`chunked ${best}`]
  return {
    figures: {
      plainPerSecond: spreadOf(rates.plain),
      fullPerSecond: spreadOf(rates.full),
      singlePlainPerSecond: spreadOf(rates.singlePlain),
      singleFullPerSecond: spreadOf(rates.singleFull),
      rawPlainPerSecond: spreadOf(rates.rawPlain),
      rawFullPerSecond: spreadOf(rates.rawFull),
      ...Object.fromEntries(POOL_NAMES.map((name) => [`${name}PerSecond`, spreadOf(rates[name])])),
      chunkedPoolPerSecond: spreadOf(chunkedPool),
      piscinaByDefaultPerSecond: spreadOf(rates.defaults),
    },
    ratios: {
      plainOverPool: ratioOf(rates.plain, pool),
      plainOfRaw: ratioOf(rates.plain, rates.rawPlain),
      fullOverPool: ratioOf(rates.full, pool),
      fullOfRaw: ratioOf(rates.full, rates.rawFull),
      plainOverChunkedPool: ratioOf(rates.plain, chunkedPool),
      overSingle: ratioOf(rates.plain, rates.singlePlain),
      singleOverPool: ratioOf(rates.singlePlain, pool),
    },
  }
}
