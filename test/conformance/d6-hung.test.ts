/** Lanes that hang, fill up, or die too often (D6). Only lanes on threads can. */
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import {
  type InspectRecord,
  ThreadedRuntime,
  type ThreadedRuntimeOptions,
} from '../../src/index.ts'
import { collector, gates } from '../fixtures/glue.ts'
import { Fill, hoarder } from '../fixtures/hoarder.agent.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Threads } from '../fixtures/threads.ts'
import { Count, Linger, lingering, Spin } from '../fixtures/trying.agent.ts'

async function start(options: ThreadedRuntimeOptions) {
  const runtime = await ThreadedRuntime.start({ lanes: 1, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const deaths: InspectRecord[] = []
  runtime.inspect((record) => record.kind === 'lane-died' && deaths.push(record))
  return { runtime, deaths }
}

test('a loop that checks whether it should stop ends at its limit, and its lane lives', async () => {
  const { runtime, deaths } = await start({ agents: [lingering] })
  await runtime.publish(Spin({ attempts: 1, kindly: true }), 'spin/a')
  await runtime.idle()
  expect(runtime.stats()).toMatchObject({ handled: 1, deadLettered: 0 })
  expect(deaths).toEqual([])
})

test('a loop that does not check is ended with its lane; what waited behind it is handled', async () => {
  const { agent, values } = collector()
  const { runtime, deaths } = await start({ agents: [lingering, agent], turnGraceMs: 1 })
  await runtime.publish(Spin({ attempts: 1, kindly: false }), 'spin/a')
  await runtime.publish(Count(), 'count/a')
  await runtime.publish(Count(), 'count/b')
  await runtime.idle()
  expect(values().toSorted()).toEqual([1, 2])
  expect(deaths).toMatchObject([
    { cause: { code: 'HEDDLE_LANE_HUNG', fields: { turns: ['lingering/a (spin)'] } } },
  ])
})

test('a loop that never ends fails with a turn timeout after its second run alone, and no neighbour is blamed', async () => {
  const { runtime, deaths } = await start({ agents: [lingering], turnGraceMs: 1 })
  await runtime.publish(Linger({ attempts: 1, deaf: true }), 'linger/beside')
  const task = await runtime.run(Spin({ attempts: 9, kindly: false }), 'spin/a')
  const { stopReason } = await task.ended
  expect(stopReason).toMatchObject({
    kind: 'dead-letters',
    first: { kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT', fields: { limitMs: 200 } } },
  })
  expect(JSON.stringify(stopReason)).toContain('blocked its thread')
  expect(deaths.length).toBeLessThanOrEqual(3)
  await runtime.idle()
  expect(runtime.stats()).toMatchObject({ handled: 1, deadLettered: 1 })
})

test('a lane whose heap fills up is renewed before it dies, and nothing is lost or repeated', async () => {
  const { runtime, deaths } = await start({ agents: [hoarder], laneHeapMb: 96 })
  for (let n = 0; n < 40; n++) {
    await runtime.publish(Fill({ megabytes: 4 }), `fill/${n % 4}`)
    await runtime.idle()
  }
  expect(runtime.stats()).toMatchObject({ handled: 40, deadLettered: 0 })
  expect(deaths.length).toBeGreaterThan(0)
  for (const death of deaths) {
    expect(death).toMatchObject({ cause: { code: 'HEDDLE_LANE_FULL' }, suspects: [] })
  }
  const { agents } = await runtime.saveState()
  expect(Object.values(agents)).toEqual(Array.from({ length: 4 }, () => ({ count: '10' })))
})

test('a lane that dies too often, with no turn to blame, is given up until it is started again', async () => {
  const threads = new Threads()
  const { runtime, deaths } = await start({ agents: [puppet], lanes: 2, restarts: { max: 2 } })
  expect(runtime.stats().health).toBe('sound')
  const one = threads.all[0] as Worker
  await threads.end(runtime, one)
  for (let n = 0; n < 2; n++) await threads.end(runtime, threads.all.at(-1) as Worker)
  expect(deaths).toHaveLength(3)
  expect(runtime.stats()).toMatchObject({ health: 'degraded', deadLettered: 0 })
  expect(runtime.stats().lanes.filter(({ status }) => status === 'gone')).toHaveLength(1)
  for (const key of ['a', 'b', 'c']) {
    expect(await runtime.send(Ask([{ do: 'count' }]), `puppet/${key}`)).toBe(1)
  }
  await runtime.restartLanes()
  expect(runtime.stats().health).toBe('sound')
  await runtime.restartLanes() // there is nothing to do
})

test('with no lane left, every caller is refused with the reason; the runtime can be brought up again', async () => {
  const threads = new Threads()
  const { agent, entered } = gates()
  const { runtime } = await start({ agents: [puppet, agent], restarts: { max: 1 } })
  const asked = runtime.send(Ask([{ do: 'gate', at: 'shut' }]), 'puppet/a')
  const refused = expectRefusal(() => asked, 'HEDDLE_NO_LANES', 'died 2 times')
  await entered('shut')
  for (let n = 0; n < 2; n++) await threads.end(runtime, threads.all.at(-1) as Worker)
  await refused
  await expectRefusal(() => runtime.publish(Act([]), 'act/a'), 'HEDDLE_NO_LANES')
  expect(runtime.stats()).toMatchObject({ health: 'down', inFlight: 0 })
  await runtime.restartLanes()
  expect(runtime.stats().health).toBe('sound')
  expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')).toBe(1)
  await runtime.stop()
  await expectRefusal(() => runtime.restartLanes(), 'HEDDLE_STOPPED')
})
