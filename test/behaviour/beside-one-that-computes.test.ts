/** Light keys while the thread of one of two lanes is blocked: the other lane runs them all. */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Runtime, ThreadedRuntime, topicId } from '../../src/index.ts'
import { Block, blocking, Go, Light } from '../fixtures/blocking.agent.ts'

const cells = new Int32Array(new SharedArrayBuffer(8))

function letGo(): void {
  Atomics.store(cells, 1, 1)
  Atomics.notify(cells, 1)
}

beforeEach(() => cells.fill(0))

async function start(): Promise<Runtime> {
  const runtime = await ThreadedRuntime.start({
    lanes: 2,
    agents: [blocking.with({ gate: cells.buffer as SharedArrayBuffer })],
  })
  onTestFinished(async () => {
    letGo()
    await runtime.stop({ deadlineMs: 0 })
  })
  return runtime
}

/** Blocks one of the lanes. */
async function block(runtime: Runtime): Promise<void> {
  await runtime.publish(Block({}), 'block/heavy')
  while (Atomics.load(cells, 0) === 0) await new Promise<void>((next) => setImmediate(next))
}

/** Publishes to a key, and resolves when the message and all that it led to is done. */
async function done(runtime: Runtime, key: string): Promise<void> {
  const { ended } = await runtime.run(Light({}), topicId(Light.name, key))
  expect((await ended).stopReason.kind).toBe('completed')
}

const KEYS = Array.from({ length: 20 }, (_, at) => `light-${at}`)

describe('beside a lane whose thread is blocked', { timeout: 30_000 }, () => {
  test('the other lane runs what turns publish to new keys', async () => {
    const runtime = await start()
    await block(runtime)
    for (const child of KEYS.slice(0, 8)) {
      const { ended } = await runtime.run(Go({ child }), 'go/parent')
      await ended
    }
    expect(runtime.stats()).toMatchObject({ handled: 16, inFlight: 1 })
  })

  test('the other lane runs keys that begin at the same time', async () => {
    const runtime = await start()
    const heavy = runtime.publish(Block({}), 'block/heavy')
    await Promise.all(KEYS.map((key) => done(runtime, key)))
    await heavy
    expect(runtime.stats()).toMatchObject({ handled: 20, inFlight: 1 })
  })

  test('the other lane runs keys of the blocked one, from their state', async () => {
    const runtime = await start()
    await Promise.all(KEYS.map((key) => done(runtime, key)))
    await block(runtime)
    await Promise.all(KEYS.map((key) => done(runtime, key)))
    letGo()
    await runtime.idle()
    const { agents } = await runtime.saveState()
    for (const key of KEYS) expect(agents[`blocking/${key}`]).toEqual({ turns: '2' })
  })

  test('many messages of a key run in order, and leave one state', async () => {
    const runtime = await start()
    const heavy = runtime.publish(Block({}), 'block/heavy')
    const many = KEYS.slice(0, 4).flatMap((key) => [key, key, key, key, key])
    await Promise.all(many.map((key) => done(runtime, key)))
    await heavy
    expect(runtime.stats()).toMatchObject({ handled: 20, inFlight: 1 })
  })
})
