/** Lanes that hang, fill up, or die too often (D6). Only threads can. */
import { expect, onTestFinished, test } from 'vitest'
import {
  type InspectRecord,
  type LaneStats,
  ThreadedRuntime,
  type ThreadedRuntimeOptions,
} from '../../src/index.ts'
import { collector } from '../fixtures/glue.ts'
import { Fill, hoarder } from '../fixtures/hoarder.agent.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Count, Linger, lingering, Spin } from '../fixtures/trying.agent.ts'

async function start(options: ThreadedRuntimeOptions) {
  const runtime = await ThreadedRuntime.start({ lanes: 1, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const deaths: InspectRecord[] = []
  runtime.inspect((record) => record.kind === 'lane-died' && deaths.push(record))
  return { runtime, deaths }
}

test('a loop that looks whether it is to stop is ended at its limit, and its lane lives', async () => {
  const { runtime, deaths } = await start({ agents: [lingering] })
  await runtime.publish(Spin({ attempts: 1, kindly: true }), 'spin/a')
  await runtime.idle()
  expect(runtime.stats()).toMatchObject({ handled: 1, deadLettered: 0 })
  expect(deaths).toEqual([])
})

test('a loop that does not is ended with its lane; what waited behind it is handled', async () => {
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

test('a loop that never ends is poison after its second time alone, and no neighbour is blamed', async () => {
  const { runtime, deaths } = await start({ agents: [lingering], turnGraceMs: 1 })
  await runtime.publish(Linger({ attempts: 1, deaf: true }), 'linger/beside')
  const task = await runtime.run(Spin({ attempts: 9, kindly: false }), 'spin/a')
  expect((await task.ended).stopReason).toMatchObject({
    kind: 'dead-letters',
    first: { kind: 'poison', error: { code: 'HEDDLE_POISON' } },
  })
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

test('a lane that dies too often is given up: its keys go to the others, and the runtime is degraded', async () => {
  const { runtime } = await start({ agents: [puppet], lanes: 2, restarts: { max: 2 } })
  expect(runtime.stats().health).toBe('sound')
  const isGone = ({ status }: LaneStats) => status === 'gone'
  for (let n = 0; !runtime.stats().lanes.some(isGone) && n < 20; n++) {
    await runtime.publish(Act([{ do: 'die', untilAttempt: 2 }, { do: 'count' }]), `act/${n}`)
    await runtime.idle()
  }
  expect(runtime.stats()).toMatchObject({ health: 'degraded', deadLettered: 0 })
  expect(runtime.stats().lanes.filter(isGone)).toHaveLength(1)
  expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/0')).toBe(2)
})

test('with no lane left, every caller is told, and why', async () => {
  const { runtime } = await start({ agents: [puppet], restarts: { max: 1 } })
  const asked = runtime.send(Ask([{ do: 'die', untilAttempt: 9 }]), 'puppet/a')
  const behind = runtime.send(Ask([{ do: 'count' }]), 'puppet/a')
  const behindRefused = expectRefusal(() => behind, 'HEDDLE_NO_LANES', 'died 2 times')
  await expectRefusal(() => asked, 'HEDDLE_POISON')
  await behindRefused
  await expectRefusal(() => runtime.publish(Act([]), 'act/a'), 'HEDDLE_NO_LANES')
  expect(runtime.stats()).toMatchObject({ health: 'down', inFlight: 0 })
})
