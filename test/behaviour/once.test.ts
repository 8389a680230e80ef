/** An effect outside is done once for all attempts of a turn, as soon as it is recorded (D7). */
import { describe, expect, test } from 'vitest'
import {
  defineAgent,
  type HeddleError,
  type Runtime,
  SingleThreadedRuntime,
  type Snapshot,
  systemClock,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated, testAgent } from '../../src/testing/index.ts'
import { Recorded } from '../../src/wire/recorded.ts'
import { block } from '../fixtures/blocker.agent.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector, gates } from '../fixtures/glue.ts'
import {
  AskPay,
  MUCH,
  Pay,
  PayInFlight,
  PayLate,
  PayTwice,
  paying,
} from '../fixtures/paying.agent.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'

function bank() {
  const effects = new SharedArrayBuffer(12)
  const agent = paying.with({ effects })
  return { agent, config: { effects }, done: () => new Int32Array(effects)[0] }
}

/** A thread that exits has ended by then, unless the machine is very busy. */
const ENDING_MS = 500

/** A turn of the test may take a moment. */
const BRIEF = { turnTimeoutMs: 60, turnGraceMs: 20 }

/** The code of a failed request, without what is around it. */
async function codeOf(request: Promise<unknown>): Promise<string | undefined> {
  const error = await request.then(() => undefined).catch((error: HeddleError) => error)
  return (error?.cause as HeddleError | undefined)?.code ?? error?.code
}

onBothRuntimes('turn.once', ({ start }) => {
  test('an effect is not done again by a turn that is tried again, and gives the same', async () => {
    const { agent, done } = bank()
    const { agent: listener, values } = collector()
    const runtime = await start({ agents: [agent, listener] })
    await runtime.publish(Pay({ names: ['a', 'b'], failures: 2 }), 'pay/k')
    await runtime.idle()
    expect(values()).toEqual([1, 2])
    expect(done()).toBe(2)
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
  })

  test('an effect that fails is not recorded', async () => {
    const { agent, done } = bank()
    const { agent: listener, values } = collector()
    const runtime = await start({ agents: [agent, listener] })
    await runtime.publish(Pay({ names: ['a'], failures: 2, way: 'effect' }), 'pay/k')
    await runtime.idle()
    expect(values()).toEqual([3])
    expect(done()).toBe(3)
  })

  test.each(['before', 'during'] as const)(
    'what an attempt left behind and ends %s the next is what that gets',
    async (ends) => {
      const { agent, done } = bank()
      const { agent: listener, values } = collector()
      const runtime = await start({ agents: [agent, listener] })
      await runtime.publish(PayLate({ ends }), 'pay-late/k')
      await runtime.idle()
      expect(values()).toEqual([1])
      expect(done()).toBe(1)
    },
  )

  test.each([
    ['beside', 'ends', 1],
    ['beside', 'refuses', 2],
    ['too-long', 'ends', 1],
    ['too-long', 'obeys', 2],
    ['beside', 'ends', 1, 'own'],
    ['beside', 'refuses', 2, 'own'],
    ['too-long', 'obeys', 2, 'own'],
  ] as const)(
    'an attempt that ends (%s) while its effect goes on, which %s, leaves the next what it gives',
    async (first, effect, times, own?: string) => {
      const { agent, done } = bank()
      const { agent: listener, values } = collector()
      const runtime = await start({ agents: [agent, listener], ...BRIEF })
      await runtime.publish(
        PayInFlight({ first, effect, own: own !== undefined }),
        'pay-in-flight/k',
      )
      await runtime.idle()
      expect(values()).toEqual([times])
      expect(done()).toBe(times)
    },
  )

  test('an attempt waits no longer than it may for an effect that never ends', async () => {
    const { agent, done } = bank()
    const runtime = await start({ agents: [agent], ...BRIEF })
    await runtime.publish(PayInFlight({ first: 'too-long', effect: 'hangs' }), 'pay-in-flight/k')
    await runtime.idle()
    expect(done()).toBe(1)
    const reason = { kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT' } }
    expect(await runtime.deadLetters.list()).toMatchObject([{ attempts: 2, reason }])
  })

  test('what ends after its turn was committed is not kept with another turn', async () => {
    const { agent } = bank()
    const { agent: gate, entered, open } = gates()
    const runtime = await start({ agents: [agent, gate] })
    await runtime.publish(PayLate({ ends: 'next' }), 'pay-late/k')
    await runtime.idle()
    await runtime.publish(PayLate({ ends: 'now', gate: 'door' }), 'pay-late/k')
    await entered('door')
    const { deliveries } = await runtime.saveState()
    expect(deliveries.map(({ recorded }) => recorded)).toEqual([undefined, undefined])
    open('door')
    await runtime.idle()
  })

  test('each message has effects of its own, and so has each part of a turn', async () => {
    const { agent, done } = bank()
    const runtime = await start({ agents: [agent, agent.as('teller')] })
    const request = () => runtime.send(PayTwice({ names: ['a'] }), 'paying/k')
    expect(await request()).toEqual([1, 2])
    expect(await request()).toEqual([3, 4])
    expect(done()).toBe(4)
  })

  test('a name twice is refused', async () => {
    const { agent, done } = bank()
    const runtime = await start({ agents: [agent] })
    const request = runtime.send(AskPay({ names: ['a', 'b', 'a'] }), 'paying/k')
    expect(await codeOf(request)).toBe('HEDDLE_ONCE_REUSED')
    expect(done()).toBe(2)
  })

  test('what has no place is refused, and without any place the effect is not done', async () => {
    const { agent, done } = bank()
    const runtime = await start({ agents: [agent], onceBytes: 2 * MUCH })
    const pay = (names: string[]) => {
      return codeOf(runtime.send(AskPay({ names, gives: 'much' }), 'paying/k'))
    }
    expect(await pay(['a'])).toBe(undefined)
    expect(await pay(['a', 'b'])).toBe('HEDDLE_ONCE_FULL')
    expect(done()).toBe(3)
    const small = await start({ agents: [agent], onceBytes: 1 })
    const none = small.send(AskPay({ names: ['a'] }), 'paying/k')
    expect(await codeOf(none)).toBe('HEDDLE_ONCE_FULL')
    expect(done()).toBe(3)
  })

  test('what can’t cross a thread is refused', async () => {
    const { agent } = bank()
    const runtime = await start({ agents: [agent] })
    const request = runtime.send(AskPay({ names: ['a'], gives: 'a function' }), 'paying/k')
    expect(await codeOf(request)).toBe('HEDDLE_PAYLOAD_NOT_CLONEABLE')
  })

  test('what is recorded counts against the bounds until its turn has settled', async () => {
    const { agent } = bank()
    const { agent: gate, entered, open } = gates()
    const bounds = { bytes: 2 * MUCH, policy: 'reject' } as const
    const runtime = await start({ agents: [agent, gate], bounds })
    const order = { names: ['a', 'b'], gives: 'much', gate: 'door' } as const
    await runtime.publish(Pay({ ...order, names: [...order.names] }), 'pay/k')
    await entered('door')
    const another = () => runtime.publish(Pay({ names: [] }), 'pay/l')
    await expect(another()).rejects.toMatchObject({ code: 'HEDDLE_BOUND_REACHED' })
    open('door')
    await runtime.idle()
    await another()
    await runtime.idle()
  })
})

test('a lane that dies after an effect was recorded does not have it done again', async () => {
  const { agent, done } = bank()
  const { agent: listener, values } = collector()
  const runtime = await ThreadedRuntime.start({
    agents: [agent, listener],
    lanes: 1,
    report: 'off',
  })
  try {
    await runtime.publish(Pay({ names: ['a', 'b'], failures: 1, way: 'exit' }), 'pay/k')
    await runtime.idle()
    expect(values()).toEqual([1, 2])
    expect(done()).toBe(2)
  } finally {
    await runtime.stop()
  }
})

test('a lane that dies while an effect goes on leaves nothing to wait for', async () => {
  const { agent, done } = bank()
  const { agent: listener, values } = collector()
  const agents = [agent, listener]
  const runtime = await ThreadedRuntime.start({ agents, lanes: 1, report: 'off' })
  try {
    await runtime.publish(PayInFlight({ first: 'exits', effect: 'ends' }), 'pay-in-flight/k')
    await runtime.idle()
    expect(values()).toEqual([2])
    expect(done()).toBe(2)
  } finally {
    await runtime.stop()
  }
})

test('of two results of one effect, from two lanes, the first stays', () => {
  const recorded = new Recorded()
  const result = (value: unknown) => ({ name: ':a', value, bytes: 8 })
  expect([recorded.add(result(1)), recorded.add(result(2))]).toEqual([true, false])
  expect([recorded.get(':a')?.value, recorded.bytes]).toEqual([1, 8])
})

test('what was recorded is read, though the main thread is busy until the thread has ended', async () => {
  const { agent, config, done } = bank()
  const { agent: listener, values } = collector()
  const runtime = await ThreadedRuntime.start({
    agents: [agent, listener],
    lanes: 1,
    report: 'off',
  })
  try {
    await runtime.publish(Pay({ names: ['a'], failures: 1, way: 'exit', met: true }), 'pay/k')
    await new Promise<void>((resolve) => systemClock.soon(resolve)) // the message has left
    const cells = new Int32Array(config.effects)
    Atomics.wait(cells, 1, 0)
    Atomics.store(cells, 2, 1)
    Atomics.notify(cells, 2)
    block(ENDING_MS) // the thread ends, and nobody reads what it has posted
    await runtime.idle()
    expect(values()).toEqual([1])
    expect(done()).toBe(1)
  } finally {
    await runtime.stop()
  }
})

test('it is recorded while its turn goes on, and not when it ends', async () => {
  const { agent, done } = bank()
  const { agent: listener, values } = collector()
  const { agent: gate, entered, open } = gates()
  const agents = [agent, listener, gate, puppet]
  const runtime = await ThreadedRuntime.start({ agents, lanes: 1, report: 'off' })
  try {
    await runtime.publish(Pay({ names: ['a'], gate: 'door' }), 'pay/k')
    await entered('door')
    await runtime.publish(Act([{ do: 'die', untilAttempt: 2 }]), 'act/other')
    const { promise: back, resolve } = Promise.withResolvers<void>()
    runtime.inspect((record) => record.kind === 'lane-started' && resolve())
    await back
    open('door')
    await runtime.idle()
    expect(values()).toEqual([1])
    expect(done()).toBe(1)
  } finally {
    await runtime.stop()
  }
})

describe('a snapshot of a turn that goes on', () => {
  const kinds: [
    string,
    (agents: Parameters<typeof SingleThreadedRuntime.start>[0]) => Promise<Runtime>,
  ][] = [
    ['one thread', (options) => SingleThreadedRuntime.start(options)],
    ['threads', (options) => ThreadedRuntime.start({ ...options, lanes: 1 })],
    ['simulated lanes', async (options) => (await startSimulated({ ...options, seed: 3 })).runtime],
  ]

  test.each(kinds)('holds what it did once: %s', async (_, start) => {
    const { agent, done } = bank()
    const { agent: gate, entered } = gates()
    const first = await start({ agents: [agent, gate] })
    await first.publish(Pay({ names: ['a', 'b'], gate: 'door' }), 'pay/k')
    await entered('door')
    const snapshot = JSON.parse(JSON.stringify(await first.saveState())) as Snapshot
    await first.stop({ deadlineMs: 0 })
    const { agent: listener, values } = collector()
    const { agent: other, open } = gates()
    open('door')
    const second = await start({ agents: [agent, listener, other] })
    await second.loadState(snapshot)
    await second.idle()
    expect(values()).toEqual([1, 2])
    expect(done()).toBe(2)
    await second.stop()
  })
})

test('an agent that is tested alone does its effects', async () => {
  const { config, done } = bank()
  const agent = await testAgent(paying, { config })
  expect(await agent.ask(AskPay({ names: ['a', 'b'] }))).toEqual([1, 2])
  await expect(agent.ask(AskPay({ names: ['a', 'a'] }))).rejects.toMatchObject({
    code: 'HEDDLE_ONCE_REUSED',
  })
  expect(done()).toBe(3)
})

test('its arguments are checked, and so is its turn', async () => {
  const errors: unknown[] = []
  let late: (() => Promise<unknown>) | undefined
  const keep = async (call: Promise<unknown>) => {
    errors.push(await call.catch((error: HeddleError) => error.code))
  }
  const agent = defineAgent(import.meta.url, {
    type: 'odd',
    handlers: (on) => [
      on(AskPay, async (_, turn) => {
        await keep(turn.once(7 as never, () => 1))
        await keep(turn.once('a', 'b' as never))
        const { once } = turn
        await keep(once('a', () => 1))
        late = () => turn.once('b', () => 1)
        return []
      }),
    ],
  })
  const alone = await testAgent(agent)
  await alone.ask(AskPay({ names: [] }))
  await keep((late as () => Promise<unknown>)())
  expect(errors).toEqual([
    'HEDDLE_INVALID_OPTION',
    'HEDDLE_INVALID_OPTION',
    'HEDDLE_DETACHED_CALL',
    'HEDDLE_TURN_ENDED',
  ])
})
