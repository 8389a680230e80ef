import { expect, test } from 'vitest'
import { PacedProgress, TakenProgress } from '../../src/tools/paced-progress.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { EMPTY, poolRig } from '../fixtures/tools/pool-rig.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a call gives the value, and its thread serves the next one', async () => {
  const { pool, start } = poolRig()
  await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
  await expect(start(tools.add, { a: 2, b: 3 }).result).resolves.toBe(5)
  expect(pool.stats).toEqual({ ...EMPTY, threads: 1, idle: 1 })
})

test('what a tool shows comes in order, all of it before its result', async () => {
  const { start } = poolRig()
  for (const to of [1, 25]) {
    const run = start(tools.count, { to })
    await expect(run.result).resolves.toBe(to)
    expect(run.shown).toEqual(Array.from({ length: to }, (_, at) => ({ step: at + 1 })))
  }
})

test('of what a tool shows too fast, some is left out, and never the last', async () => {
  const { start } = poolRig()
  const run = start(tools.count, { to: 200_000 })
  await expect(run.result).resolves.toBe(200_000)
  const steps = run.shown.map((value) => (value as { step: number }).step)
  expect(steps).toEqual([...steps].sort((one, other) => one - other))
  expect(steps.at(-1)).toBe(200_000)
  expect(steps.length).toBeLessThan(20_000)
})

test('a value that there was no room for is shown as soon as there is', async () => {
  const taken = new TakenProgress()
  const paced = new PacedProgress(taken.taken)
  const shown: number[] = []
  for (let at = 1; at <= 40; at++) {
    paced.show(() => {
      shown.push(at)
      taken.came()
    })
  }
  expect(shown).toEqual(Array.from({ length: 32 }, (_, at) => at + 1))
  await until(() => shown.length > 32)
  expect(shown.at(-1)).toBe(40)
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a tool shows its progress while it runs, also one that never returns to its loop', async () => {
  const { start } = poolRig({ graceMs: 1 })
  const run = start(tools.deaf)
  await expect(run.begun).resolves.toBe('begun')
  run.abort()
  await run.letGo
})

test('what a caller throws at its progress fails the call, and ends the tool', async () => {
  const { pool, start } = poolRig()
  const before = start(tools.add, { a: 1 })
  await before.result
  const { result, letGo } = pool.start(callOf(tools.wait), {
    signal: new AbortController().signal,
    onProgress: () => {
      throw new Error('not to be shown')
    },
  })
  await expect(result).rejects.toThrow('not to be shown')
  await letGo
  expect(pool.stats).toMatchObject({ ...EMPTY, idle: 1 })
})

test('no more calls run than there may be threads; the others wait in order', async () => {
  const { pool, start } = poolRig()
  const [one, two, three, four] = [0, 1, 2, 3].map(() => start(tools.wait))
  await Promise.all([one?.begun, two?.begun])
  expect(pool.stats).toMatchObject({ threads: 2, idle: 0, running: 2, waiting: 2 })
  one?.abort('enough')
  await three?.begun
  expect(pool.stats).toMatchObject({ threads: 2, running: 2, waiting: 1 })
  expect(four?.shown).toEqual([])
  for (const run of [two, three, four]) run?.abort()
  await Promise.all([one, two, three, four].map((run) => run?.letGo))
  expect(pool.stats).toMatchObject(EMPTY)
})

test('sizes of memory have threads of their own under one cap: one that is idle makes room', async () => {
  const { pool, start } = poolRig()
  await Promise.all([start(tools.add, { a: 1 }).result, start(tools.add, { a: 1 }).result])
  expect(pool.stats).toMatchObject({ threads: 2, idle: 2 })
  await expect(start(tools.big).result).resolves.toBe('big')
  expect(pool.stats).toMatchObject({ threads: 2, idle: 2 })
  await Promise.all([start(tools.big).result, start(tools.big).result])
  expect(pool.stats).toMatchObject({ threads: 2, idle: 2 })
  await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
  expect(pool.stats.threads).toBe(2)
})

test('an idle thread ends after its time, and not before', async () => {
  const clock = new ManualClock()
  const { pool, start } = poolRig({ clock, idleMs: 50 })
  const [one, other] = [start(tools.wait), start(tools.wait)]
  await Promise.all([one.begun, other.begun])
  one.abort()
  await one.letGo
  clock.advance(30)
  other.abort()
  await other.letGo
  clock.advance(20)
  expect(pool.stats).toMatchObject({ threads: 1, idle: 1 })
  await start(tools.add, { a: 1 }).result // the one that was used last
  clock.advance(49)
  expect(pool.stats).toMatchObject({ threads: 1, idle: 1 })
  clock.advance(1)
  expect(pool.stats).toMatchObject({ threads: 0, idle: 0 })
  expect(clock.pending).toBe(0)
})

test('a call over a bound of the queue is refused at once; one that may wait does', async () => {
  const { pool, start } = poolRig({ threads: 1, queue: { calls: 1, bytes: 10_000 } })
  const one = start(tools.wait)
  await one.begun
  const two = start(tools.wait)
  const fields = { tool: 'wait', bound: 'calls', limit: 1 }
  await expect(start(tools.wait).result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_POOL_FULL',
    fields,
  })
  const three = start(tools.wait, {}, { whenFull: 'wait' })
  const four = start(tools.wait, {}, { whenFull: 'wait' })
  expect(pool.stats).toMatchObject({ running: 1, waiting: 1, outside: 2 })
  four.abort(new Error('no longer'))
  await expect(four.result).rejects.toThrow('no longer')
  await four.letGo
  one.abort()
  await two.begun
  expect(pool.stats).toMatchObject({ running: 1, waiting: 1, outside: 0 })
  for (const run of [two, three]) run.abort()
  await Promise.all([two.letGo, three.letGo])
  expect(pool.stats).toMatchObject(EMPTY)
})

test('the queue is bounded by bytes, and a call that is larger than it goes alone', async () => {
  const { pool, start } = poolRig({ threads: 1, queue: { calls: 10, bytes: 100 } })
  const one = start(tools.wait)
  await one.begun
  const large = { bytes: 60 }
  const two = start(tools.wait, {}, large)
  const fields = { tool: 'wait', bound: 'bytes', limit: 100 }
  await expect(start(tools.wait, {}, large).result).rejects.toMatchObject({ fields })
  expect(pool.stats).toMatchObject({ waiting: 1, waitingBytes: 60 })
  const huge = start(tools.wait, {}, { bytes: 1_000, whenFull: 'wait' })
  const after = start(tools.wait, {}, { bytes: 1, whenFull: 'wait' })
  expect(pool.stats).toMatchObject({ outside: 2 })
  two.abort()
  expect(pool.stats).toMatchObject({ outside: 1, waiting: 1, waitingBytes: 1_000 })
  one.abort()
  await huge.begun
  expect(pool.stats).toMatchObject({ outside: 0, waiting: 1, waitingBytes: 1 })
  for (const run of [huge, after]) run.abort()
  await Promise.all([huge.letGo, after.letGo])
  expect(pool.stats).toMatchObject(EMPTY)
})

test('as many calls as there are threads are no queue, though they come at once', async () => {
  const { start } = poolRig({ threads: 3, queue: { calls: 1, bytes: 1 } })
  const runs = [1, 2, 3].map((a) => start(tools.add, { a }).result)
  await expect(Promise.all(runs)).resolves.toEqual([2, 3, 4])
})

test('a call that is aborted while it waits never runs, and leaves nothing', async () => {
  const { pool, start } = poolRig({ threads: 1 })
  const one = start(tools.wait)
  await one.begun
  const two = start(tools.wait)
  two.abort(new Error('no longer'))
  await expect(two.result).rejects.toThrow('no longer')
  await two.letGo
  expect(pool.stats).toMatchObject({ running: 1, waiting: 0, waitingBytes: 0 })
  one.abort()
  await one.letGo
  await settled()
  expect(two.shown).toEqual([])
})

test('a call whose signal has aborted already is not begun', async () => {
  const { pool } = poolRig()
  const signal = AbortSignal.abort(new Error('before'))
  const { result } = pool.start(callOf(tools.add), { signal, onProgress: () => {} })
  await expect(result).rejects.toThrow('before')
  expect(pool.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
})

test('an abort rejects at once, and reaches the signal of the tool with its reason', async () => {
  const { pool, start } = poolRig({ graceMs: 60_000 })
  const run = start(tools.wait)
  await run.begun
  run.abort(new TypeError('enough'))
  await expect(run.result).rejects.toThrow(new TypeError('enough'))
  expect(pool.stats).toMatchObject({ running: 1 })
  await run.letGo // long before the grace is over: the tool has heard it
  expect(pool.stats).toMatchObject({ ...EMPTY, threads: 1, idle: 1 })
})

test('an abort that comes before the thread has begun is not lost', async () => {
  const { pool, start } = poolRig({ graceMs: 60_000 })
  const run = start(tools.wait)
  run.abort('soon')
  await expect(run.result).rejects.toBe('soon')
  await run.letGo
  expect(pool.stats).toMatchObject({ ...EMPTY, threads: 1, idle: 1 })
})

test('a tool that goes on after an abort loses its thread when the grace is over', async () => {
  const clock = new ManualClock()
  const { pool, start } = poolRig({ clock, graceMs: 500 })
  const run = start(tools.deaf)
  await run.begun
  run.abort('enough')
  await expect(run.result).rejects.toBe('enough')
  clock.advance(499)
  expect(pool.stats).toMatchObject({ threads: 1, running: 1 })
  clock.advance(1)
  await run.letGo
  expect(pool.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
  expect(clock.pending).toBe(0)
})

test('a stop ends what runs and what waits, and refuses what comes later', async () => {
  const { pool, start } = poolRig({ threads: 1, graceMs: 20, queue: { calls: 1, bytes: 99 } })
  const deaf = start(tools.deaf)
  await deaf.begun
  const runs = [deaf, start(tools.wait), start(tools.wait, {}, { whenFull: 'wait' })]
  const stopped = pool.stop()
  for (const { result } of [...runs, start(tools.add, { a: 1 })]) {
    await expect(result).rejects.toMatchObject({ code: 'HEDDLE_TOOL_POOL_STOPPED' })
  }
  await stopped
  expect(pool.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
})

function callOf(tool: Parameters<ReturnType<typeof poolRig>['start']>[0]) {
  return {
    ...{ module: tool.module, name: tool.name, args: {}, bytes: 8, callId: '1', agent: '' },
    ...{ idempotencyKey: '1', forModel: false, memoryMb: 512, timeoutMs: 60_000 },
    ...{ lock: undefined, atMost: undefined },
  }
}
