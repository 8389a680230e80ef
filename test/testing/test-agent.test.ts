import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  closureAgent,
  defineAgent,
  defineMessage,
  defineRequest,
  defineResource,
  isHeddleError,
  keyed,
} from '../../src/index.ts'
import { testAgent } from '../../src/testing/index.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const Order = defineMessage('order', z.object({ item: z.string(), count: z.int() }))
const Billed = defineMessage('billed', z.object({ item: z.string(), total: z.number() }))
const Total = defineRequest('total', { reply: z.number() })
const Price = defineRequest('price', { payload: z.object({ item: z.string() }), reply: z.number() })

class OutOfStock extends Error {}

const events: string[] = []
const ledger = defineResource({
  name: 'ledger',
  setup: () => ({ lines: [] as string[] }),
  dispose: () => void events.push('ledger closed'),
})

const till = defineAgent(import.meta.url, {
  type: 'till',
  config: z.object({ most: z.int(), currency: z.string().default('EUR') }),
  uses: { ledger },
  setup: ({ config }) => {
    events.push(`set up with ${config.currency}`)
    return { print: (line: string) => void events.push(line) }
  },
  dispose: () => void events.push('printer off'),
  state: { total: 0, items: [] as string[], counts: keyed<number>() },
  handlers: (on) => [
    on(
      Order,
      async ({ item, count }, turn) => {
        turn.state.total += 1_000_000
        turn.state.items.push(item)
        turn.state.counts.set(item, (turn.state.counts.get(item) ?? 0) + count)
        turn.emit({ taken: item })
        turn.log('info', 'taken', { item })
        turn.publish(Billed({ item, total: 0 }), 'early/bird')
        const price = await turn.send(Price({ item }), `catalogue/${turn.key}`)
        turn.throwIfCancelled()
        if (count > turn.config.most) throw new OutOfStock(`no ${count} of ${item}`)
        turn.state.total += price * count - 1_000_000
        turn.resources.print(`${item} ${price * count} ${turn.config.currency}`)
        turn.resources.ledger.lines.push(item)
        turn.publish(Billed({ item, total: price * count }))
      },
      { match: ({ count }) => count > 0 },
    ),
    on(Total, (_, turn) => turn.state.total),
  ],
})

function fakes() {
  const printed: string[] = []
  return { printed, print: (line: string) => void printed.push(line), ledger: { lines: [] } }
}

async function aTill(price: (item: string) => number | Promise<number> = () => 3) {
  const resources = fakes()
  const agent = await testAgent(till, {
    key: 'shop',
    config: { most: 5 },
    resources,
    answers: (on) => [on(Price, ({ item }) => price(item))],
  })
  return { agent, resources }
}

const TWO = Order({ item: 'yarn', count: 2 })
const SIX = Order({ item: 'silk', count: 6 })

describe('an agent under test', () => {
  test('shows what a turn did: its state, its publishes, its events and its log', async () => {
    const { agent } = await aTill()
    await agent.deliver(TWO)
    expect(agent.id).toEqual({ type: 'till', key: 'shop' })
    expect(agent.state).toEqual({ total: 6, items: ['yarn'], counts: new Map([['yarn', 2]]) })
    expect(agent.published).toEqual([
      { message: Billed({ item: 'yarn', total: 0 }), topic: 'early/bird' },
      { message: Billed({ item: 'yarn', total: 6 }), topic: 'billed/shop' },
    ])
    expect(agent.emitted).toEqual([{ taken: 'yarn' }])
    expect(agent.logged).toEqual([{ level: 'info', text: 'taken', fields: { item: 'yarn' } }])
    expect(await agent.ask(Total())).toBe(6)
  })

  test('keeps no state and publishes nothing of a turn that throws, and gives its very error', async () => {
    const { agent } = await aTill()
    await agent.deliver(TWO)
    const before = { state: agent.state, published: [...agent.published] }
    await expect(agent.deliver(SIX)).rejects.toBeInstanceOf(OutOfStock)
    expect({ state: agent.state, published: agent.published }).toEqual(before)
    await agent.deliver(TWO)
    expect(agent.state).toMatchObject({ total: 12, items: ['yarn', 'yarn'] })
    expect(agent.emitted).toHaveLength(3) // watchers see those of failed turns too
  })

  test('shows a copy of the state: changing it changes nothing', async () => {
    const { agent } = await aTill()
    await agent.deliver(TWO)
    const { items } = agent.state as { items: string[] }
    items.push('forged')
    expect(agent.state).toMatchObject({ items: ['yarn'] })
    await agent.deliver(TWO)
    expect(agent.state).toMatchObject({ items: ['yarn', 'yarn'] })
  })

  test('starts from the initial state', async () => {
    const { agent } = await aTill()
    expect(agent.state).toEqual({ total: 0, items: [], counts: new Map() })
    expect([agent.published, agent.emitted, agent.logged]).toEqual([[], [], []])
  })

  test('runs one turn at a time, in the order of the calls', async () => {
    const first = Promise.withResolvers<number>()
    const asked: string[] = []
    const { agent } = await aTill((item) => {
      asked.push(item)
      return item === 'slow' ? first.promise : 1
    })
    const slow = agent.deliver(Order({ item: 'slow', count: 1 }))
    const fast = agent.deliver(Order({ item: 'fast', count: 1 }))
    const total = agent.ask(Total())
    await new Promise(setImmediate)
    expect(asked).toEqual(['slow'])
    first.resolve(1)
    await Promise.all([slow, fast])
    expect([asked, await total]).toEqual([['slow', 'fast'], 2])
  })

  test('gives its turn the sender and the topic', async () => {
    const seen: unknown[] = []
    const nosy = closureAgent({
      type: 'nosy',
      handlers: (on) => [
        on(Order, (_, { sender, topic, key, messageId, idempotencyKey, attempt }) => {
          seen.push({ sender, topic, key, messageId, attempt, idempotencyKey })
        }),
        on(Total, (_, turn) => {
          seen.push({ sender: turn.sender, topic: turn.topic, once: turn.idempotencyKey('mail') })
          return 0
        }),
      ],
    })
    const agent = await testAgent(nosy)
    await agent.deliver(TWO, { sender: 'desk/a', topic: 'orders/b' })
    await agent.deliver(TWO)
    await agent.ask(Total(), { sender: { type: 'desk', key: 'b' } })
    expect(seen).toMatchObject([
      {
        sender: { type: 'desk', key: 'a' },
        topic: { type: 'orders', source: 'b' },
        key: 'test',
        messageId: 'test-1',
        attempt: 1,
      },
      { sender: undefined, topic: { type: 'order', source: 'test' } },
      { sender: { type: 'desk', key: 'b' }, topic: undefined, once: 'test-3:nosy/test:mail' },
    ])
  })
})

describe('resources that a test gives', () => {
  test('stand in place of setup and of what it uses, and are not disposed', async () => {
    events.length = 0
    const { agent, resources } = await aTill()
    await agent.deliver(TWO)
    await agent.stop()
    expect(resources.printed).toEqual(['yarn 6 EUR'])
    expect(resources.ledger.lines).toEqual(['yarn'])
    expect(events).toEqual([])
  })

  test('may be left out: then the real ones are set up, and disposed at stop', async () => {
    events.length = 0
    const agent = await testAgent(till, {
      config: { most: 5, currency: 'CHF' },
      answers: (on) => [on(Price, () => 3)],
    })
    await agent.deliver(TWO)
    await agent.stop()
    expect(events).toEqual(['set up with CHF', 'yarn 6 CHF', 'printer off', 'ledger closed'])
  })
})

describe('what the agent asks of others', () => {
  const asker = closureAgent({
    type: 'asker',
    handlers: (on) => [
      on(Order, async ({ item, count }, turn) => {
        const to = count === 0 ? 'asker/test' : `catalogue/${item}`
        await turn.send(Price({ item }), to, { deadlineMs: 50 })
      }),
      on(Total, (_, turn) => turn.send(Price({ item: 'x' }), turn.sender ?? 'nobody/a')),
    ],
  })
  const order = (item: string, count = 1) => Order({ item, count })

  test('is answered by the test, which sees whom it asked', async () => {
    const asked: unknown[] = []
    const agent = await testAgent(asker, {
      answers: (on) => [
        on(Price, (price, { to }) => {
          asked.push(price, to)
          return 1
        }),
      ],
    })
    await agent.deliver(order('yarn'))
    expect(asked).toEqual([{ item: 'yarn' }, { type: 'catalogue', key: 'yarn' }])
    expect(Object.isFrozen(asked[0])).toBe(true)
  })

  test('without an answer fails, and names what was asked of whom', async () => {
    const agent = await testAgent(asker)
    await expectRefusal(
      () => agent.deliver(order('yarn')),
      'HEDDLE_UNHANDLED_REQUEST',
      "'catalogue/yarn'",
      "'price' with { item: 'yarn' }",
      'answers: (on) =>',
    )
  })

  test('fails as it would for real when the answer throws, or does not fit its schema', async () => {
    const agent = await testAgent(asker, {
      answers: (on) => [
        on(Price, ({ item }): number => {
          if (item === 'odd') return 'many' as unknown as number
          throw new OutOfStock('none left')
        }),
      ],
    })
    const thrown = await expectRefusal(
      () => agent.deliver(order('yarn')),
      'HEDDLE_REQUEST_FAILED',
      'none left',
    )
    expect(thrown.cause).toBeInstanceOf(OutOfStock)
    const odd = await expectRefusal(() => agent.deliver(order('odd')), 'HEDDLE_REQUEST_FAILED')
    expect(isHeddleError(odd.cause, 'HEDDLE_INVALID_PAYLOAD')).toBe(true)
  })

  test('ends at its deadline, by the clock that was given', async () => {
    const clock = new ManualClock()
    const called = Promise.withResolvers<void>()
    const agent = await testAgent(asker, {
      clock,
      answers: (on) => [
        on(Price, () => {
          called.resolve()
          return new Promise<number>(() => {})
        }),
      ],
    })
    const turn = agent.deliver(order('yarn'))
    const refused = expectRefusal(() => turn, 'HEDDLE_DEADLINE', "'catalogue/yarn'", '50 ms')
    await called.promise
    clock.advance(50)
    await refused
    expect(clock.pending).toBe(0)
  })

  test('of itself, or of an agent that waits for it, is a cycle', async () => {
    const agent = await testAgent(asker, { answers: (on) => [on(Price, () => 1)] })
    await expectRefusal(() => agent.deliver(order('self', 0)), 'HEDDLE_REQUEST_CYCLE')
    await expectRefusal(
      () => agent.ask(Total(), { sender: 'desk/a' }),
      'HEDDLE_REQUEST_CYCLE',
      'desk/a → asker/test → desk/a',
    )
  })

  test('is given up when its turn ends without it', async () => {
    const clock = new ManualClock()
    const hasty = closureAgent({
      type: 'hasty',
      handlers: (on) => [on(Order, (_, turn) => void turn.send(Total(), 'desk/a'))],
    })
    const agent = await testAgent(hasty, {
      clock,
      answers: (on) => [on(Total, () => new Promise<number>(() => {}))],
    })
    await agent.deliver(TWO)
    await new Promise(setImmediate)
    expect(clock.pending).toBe(0)
  })
})

describe('a signal', () => {
  test('that is aborted before the turn keeps it from running', async () => {
    const { agent } = await aTill()
    const refused = () => agent.deliver(TWO, { signal: AbortSignal.abort('too late') })
    await expectRefusal(refused, 'HEDDLE_CANCELLED', "'till/shop'", 'too late')
    expect(agent.emitted).toEqual([])
  })

  test('that aborts during the turn cancels it, and what it waits for: nothing is kept', async () => {
    const controller = new AbortController()
    const { agent } = await aTill(() => {
      controller.abort('enough')
      return new Promise<number>(() => {})
    })
    const { signal } = controller
    await expectRefusal(() => agent.deliver(TWO, { signal }), 'HEDDLE_CANCELLED', 'enough')
    expect([agent.state, agent.published]).toMatchObject([{ total: 0 }, []])
  })
})

describe('bad input', () => {
  test('is refused with a code: agents, configs, ids, messages, topics, replies', async () => {
    const { agent } = await aTill()
    const untyped = testAgent as (agent: unknown, options?: object) => Promise<unknown>
    await expectRefusal(() => untyped(undefined), 'HEDDLE_INVALID_AGENT')
    await expectRefusal(() => untyped(till), 'HEDDLE_INVALID_CONFIG')
    await expectRefusal(
      () => untyped(till, { config: { most: 'many' } }),
      'HEDDLE_INVALID_CONFIG',
      'most',
    )
    await expectRefusal(
      () => untyped(till.with({ most: 1 }), { config: { most: 2 } }),
      'HEDDLE_INVALID_CONFIG',
      'already',
    )
    await expectRefusal(() => testAgent(till.with({ most: 1 }), { key: '' }), 'HEDDLE_INVALID_ID')
    await expectRefusal(() => agent.deliver(Price({ item: 'x' }) as never), 'HEDDLE_NOT_A_MESSAGE')
    await expectRefusal(() => agent.ask(TWO as never), 'HEDDLE_NOT_A_MESSAGE')
    await expectRefusal(() => agent.deliver(TWO, { topic: 'orders' }), 'HEDDLE_INVALID_ID')
    await expectRefusal(() => agent.ask(Price({ item: 'x' })), 'HEDDLE_UNHANDLED_REQUEST')
    await expectRefusal(
      () => agent.deliver(Order({ item: 'x', count: 0 })),
      'HEDDLE_UNHANDLED_MESSAGE',
    )
  })

  test('a setup that throws, state that is not data, a reply that does not fit', async () => {
    const broken = defineAgent(import.meta.url, {
      type: 'broken',
      setup: (): object => {
        throw new Error('no connection')
      },
      state: { last: null as unknown },
      handlers: (on) => [
        on(Order, (_, turn) => {
          turn.state.last = () => 1
        }),
        on(Total, () => 'many' as unknown as number),
      ],
    })
    await expectRefusal(() => testAgent(broken), 'HEDDLE_SETUP_FAILED', 'no connection')
    const agent = await testAgent(broken, { resources: {} })
    await expectRefusal(() => agent.deliver(TWO), 'HEDDLE_STATE_NOT_PLAIN', "'last'")
    await expectRefusal(() => agent.ask(Total()), 'HEDDLE_INVALID_PAYLOAD', 'total (reply)')
    expect(agent.state).toEqual({ last: null })
  })

  test('after stop nothing is taken in, and turns that were begun have ended', async () => {
    const { agent } = await aTill()
    const begun = agent.deliver(TWO)
    await agent.stop()
    expect(agent.state).toMatchObject({ total: 6 })
    await begun
    await expectRefusal(() => agent.deliver(TWO), 'HEDDLE_STOPPED', 'deliver')
    await expectRefusal(() => agent.ask(Total()), 'HEDDLE_STOPPED', 'ask')
  })
})

test('the same agent under another name, and with its config given before', async () => {
  const agent = await testAgent(till.with({ most: 5 }).as('kiosk'), {
    resources: fakes(),
    answers: (on) => [on(Price, () => 1)],
  })
  await agent.deliver(TWO)
  expect(agent.id).toEqual({ type: 'kiosk', key: 'test' })
  expect(agent.state).toMatchObject({ total: 2 })
})
