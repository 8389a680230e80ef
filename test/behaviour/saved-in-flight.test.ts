/**
 * A snapshot shows one point in time: what was committed, and what had not settled. When it is
 * loaded elsewhere, each message is handled exactly once over both runtimes.
 */
import { describe, expect, test } from 'vitest'
import {
  type Runtime,
  SingleThreadedRuntime,
  type Snapshot,
  systemClock,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { counting, Hop, KEYS, tally } from '../fixtures/counting.agent.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Relay, relaying, Try, trying } from '../fixtures/trying.agent.ts'

const agents = [counting, tally]
const HOPS = 3

type Start = () => Promise<Runtime>
const single: Start = () => SingleThreadedRuntime.start({ agents })
const threaded: Start = () => ThreadedRuntime.start({ agents, lanes: 2 })
const simulated =
  (seed: number): Start =>
  async () => {
    const kills = { probability: 0.02, most: 1 } // a second death might make a turn poison
    return (await startSimulated({ agents, seed, lanes: 2, kills })).runtime
  }

const soon = () => new Promise<void>((resolve) => systemClock.soon(resolve))
const asJson = (snapshot: Snapshot) => JSON.parse(JSON.stringify(snapshot)) as Snapshot

/** Publishes without pause until `end` is called. */
function traffic(runtime: Runtime) {
  const state = { published: 0, goesOn: true }
  const run = async () => {
    while (state.goesOn) {
      const id = state.published++
      void runtime.publish(Hop({ id, hops: HOPS }), `hop/k${id % KEYS}`)
      await soon()
    }
  }
  const done = run()
  const end = () => {
    state.goesOn = false
    return done
  }
  return { state, end }
}

/** The sums of what all turns have committed. */
function sums({ agents }: Snapshot): Record<string, number> {
  const total: Record<string, number> = {}
  for (const fields of Object.values(agents)) {
    for (const [name, text] of Object.entries(fields)) {
      if (text.startsWith('{')) continue
      total[name] = (total[name] ?? 0) + Number(text)
    }
  }
  return total
}

/** The sums that must be committed when `published` messages came from outside. */
function sumsOf(published: number) {
  const turns = published * (HOPS + 1)
  return { hops: turns, answers: turns, tallies: turns }
}

/** A snapshot under traffic, with the number of messages that were accepted by then. */
async function saveUnderTraffic(start: Start, after: number) {
  const runtime = await start()
  try {
    const { state, end } = traffic(runtime)
    while (state.published < after) await soon()
    const { published } = state
    const snapshot = asJson(await runtime.saveState())
    await end()
    return { snapshot, published }
  } finally {
    await runtime.stop({ deadlineMs: 0 })
  }
}

async function finish(start: Start, snapshot: Snapshot): Promise<Snapshot> {
  const runtime = await start()
  try {
    await runtime.loadState(snapshot)
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ deadLettered: 0, cancelled: 0 })
    return await runtime.saveState()
  } finally {
    await runtime.stop()
  }
}

describe('state that is saved under traffic without pause', () => {
  test.each<[string, Start, Start]>([
    ['on one thread, loaded on threads', single, threaded],
    ['on threads, loaded on one', threaded, single],
  ])('holds what was done and what was not: %s', async (_, from, to) => {
    const { snapshot, published } = await saveUnderTraffic(from, 40)
    expect(snapshot.deliveries.length).toBeGreaterThan(0)
    const end = await finish(to, snapshot)
    expect(end.deliveries).toEqual([])
    expect(sums(end)).toMatchObject(sumsOf(published))
    expect(sums(end).twice ?? 0).toBe(0)
  })

  test('holds all of it at any moment, with lanes dying', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { snapshot, published } = await saveUnderTraffic(simulated(seed), 3 + 2 * seed)
      // Saves and loads once more on the way, since what was loaded can also be saved.
      const between = await simulated(seed + 100)()
      await between.loadState(snapshot)
      for (let steps = 0; steps < 20 * seed; steps++) await soon()
      const again = asJson(await between.saveState())
      await between.stop({ deadlineMs: 0 })
      const end = await finish(single, again)
      expect(sums(end), `seed ${seed}`).toMatchObject(sumsOf(published))
      expect(sums(end).twice ?? 0).toBe(0)
    }
  })

  test('is whole when a listener asks for it in the middle of a commit', async () => {
    const runtime = await single()
    const saved: Promise<Snapshot>[] = []
    runtime.inspect((record) => {
      if (record.kind === 'accepted' || record.kind === 'turn') saved.push(runtime.saveState())
    })
    for (let id = 0; id < 3; id++) await runtime.publish(Hop({ id, hops: 1 }), `hop/k${id}`)
    await runtime.idle()
    await runtime.stop()
    expect(saved.length).toBeGreaterThan(20)
    for (const snapshot of await Promise.all(saved)) {
      const { hops = 0, answers = 0 } = sums(snapshot)
      expect(hops).toBe(answers)
      const owed = snapshot.deliveries.filter(({ message }) => message === 'hop')
      const turns = owed.reduce((sum, { payload }) => sum + 1 + JSON.parse(payload).hops, 0)
      expect((hops + turns) % 2).toBe(0) // two turns for each message from outside
    }
  })
})

const count: Step = { do: 'count' }
const gate: Step = { do: 'gate', at: 'door' }

onBothRuntimes('a delivery that is saved in flight', ({ start }) => {
  test('goes on elsewhere as it was: sender, topic, order, time to live', async () => {
    const { agent, entered } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    await runtime.publish(Act([gate, count]), 'act/a')
    await runtime.publish(Act([{ do: 'facts' }, { do: 'report' }]), 'act/a', { ttlMs: 60_000 })
    await entered('door')
    const snapshot = asJson(await runtime.saveState())
    expect(snapshot).toMatchObject({
      version: 2,
      agents: {},
      deliveries: [
        { message: 'act', recipient: 'puppet/a', topic: 'act/a', attempt: 1, depth: 0 },
        { message: 'act', ttlMs: expect.any(Number) },
        {
          ...{ message: 'enter', recipient: 'gate/door', sender: 'puppet/a', depth: 1 },
          askedBy: { delivery: 0, position: 1, chain: ['puppet/a'] },
        },
      ],
    })
    expect(snapshot.deliveries[1]?.ttlMs).toBeLessThanOrEqual(60_000)
    expect(snapshot.deliveries.map(({ task }) => task)).toEqual([0, 1, 0])
    expect(snapshot.deliveries[0]).not.toHaveProperty('sender')
  })

  test('asks nobody twice: the request that a turn waits for is loaded with it', async () => {
    const before = gates()
    const runtime = await start({ agents: [puppet, before.agent] })
    await runtime.publish(Act([gate, count]), 'act/a')
    await before.entered('door')
    const snapshot = asJson(await runtime.saveState())

    const after = gates()
    const other = await start({ agents: [puppet, after.agent] })
    await other.loadState(snapshot)
    await after.entered('door')
    after.open('door')
    await other.idle()
    expect(other.stats()).toMatchObject({ accepted: 2, handled: 2 })
    expect((await other.saveState()).agents).toEqual({ 'puppet/a': { count: '1' } })
  })

  test('asks nobody twice: the replies that a turn got are loaded with it', async () => {
    const runtime = await start({ agents: [relaying, trying] })
    const { promise: asked, resolve } = Promise.withResolvers<Snapshot>()
    runtime.inspect((record) => {
      // The first attempt has got its answer and failed.
      if (record.kind === 'turn' && record.outcome === 'retried') resolve(runtime.saveState())
    })
    await runtime.publish(Relay({ failures: 1, way: 'throw', varied: false }), 'relay/a')
    const snapshot = asJson(await asked)
    expect(snapshot.deliveries).toMatchObject([
      { message: 'relay', attempt: 2, failures: 1, answers: [{ recipient: 'trying/other' }] },
    ])
    const other = await start({ agents: [relaying, trying] })
    await other.loadState(snapshot)
    await other.idle()
    expect(other.stats()).toMatchObject({ deadLettered: 1 }) // its report has no listener here
    expect((await other.saveState()).agents).toMatchObject({ 'trying/other': { count: '1' } })
  })

  test('keeps its number of attempts', async () => {
    const runtime = await start({ agents: [trying] })
    const { promise: failed, resolve } = Promise.withResolvers<Snapshot>()
    runtime.inspect((record) => {
      const isSecond = record.kind === 'turn' && record.attempt === 2
      if (isSecond) resolve(runtime.saveState())
    })
    await runtime.publish(Try({ failures: 9 }), 'try/a')
    const snapshot = asJson(await failed)
    expect(snapshot.deliveries).toMatchObject([{ attempt: 3, failures: 2 }])
    const other = await start({ agents: [trying] })
    await other.loadState(snapshot)
    await other.idle()
    expect(await other.deadLetters.list({ reason: 'failed' })).toMatchObject([{ attempts: 3 }])
  })

  test('does not include what was being cancelled, nor what still waited for room', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { keyMessages: 1 } })
    const task = await runtime.run(Act([gate]), 'act/a')
    await entered('door')
    const waiting = runtime.publish(Act([count]), 'act/a')
    expect((await runtime.saveState()).deliveries).toHaveLength(2)
    task.cancel()
    expect((await runtime.saveState()).deliveries).toEqual([])
    open('door')
    await waiting
    await runtime.idle()
  })

  test('runs without a caller when it came from outside', async () => {
    const { agent, entered } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    void runtime.publish(Act([gate]), 'act/a')
    await entered('door')
    const asked = runtime.send(Ask([count]), 'puppet/a')
    const stopped = expectRefusal(() => asked, 'HEDDLE_STOPPED')
    const snapshot = asJson(await runtime.saveState())
    await runtime.stop({ deadlineMs: 0 })
    await stopped
    const after = gates()
    after.open('door')
    const other = await start({ agents: [puppet, after.agent] })
    await other.loadState(snapshot)
    await other.idle()
    expect((await other.saveState()).agents).toEqual({ 'puppet/a': { count: '1' } })
  })

  test('can’t hold a Blob, whose bytes can’t be read at once', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    const blob: Step = { do: 'value', value: new Blob(['bytes']) }
    await runtime.publish(Act([gate, blob]), 'act/a')
    await entered('door')
    const save = () => runtime.saveState()
    await expectRefusal(save, 'HEDDLE_PAYLOAD_NOT_CLONEABLE', "'act'", 'saved')
    open('door')
    await runtime.idle()
    expect((await runtime.saveState()).deliveries).toEqual([])
  })
})
