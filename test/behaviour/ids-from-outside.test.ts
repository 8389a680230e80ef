/** An id belongs to its call, its message and its target, and identifies one payload (D7). */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { closureAgent, defineMessage, defineRequest } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, AskNumber, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const Placed = defineMessage('placed', z.object({ order: z.int(), note: z.string() }))
const Charge = defineRequest('charge', {
  payload: z.object({ order: z.int() }),
  reply: z.string(),
})

const count = [{ do: 'count' }] as const
const answer = (value: unknown) => [{ do: 'value', value }] as const

onBothRuntimes('an id that is given again', ({ start }) => {
  test('in another call does not stand for that call', async () => {
    const seen: string[] = []
    const shop = closureAgent({
      type: 'shop',
      subscriptions: [{ topic: 'placed' }],
      handlers: (on) => [
        on(Placed, ({ note }) => void seen.push(note)),
        on(Charge, ({ order }) => `charged ${order}`),
      ],
    })
    const runtime = await start({ agents: [shop] })
    const id = 'order-42'
    await runtime.publish(Placed({ order: 42, note: 'first' }), 'placed/42', { id })
    expect(await runtime.send(Charge({ order: 42 }), 'shop/42', { id })).toBe('charged 42')
    await runtime.publish(Placed({ order: 42, note: 'first' }), 'placed/43', { id })
    await runtime.idle()
    expect(seen).toEqual(['first', 'first']) // on two topics
  })

  test('with another message, or for another agent, is another call', async () => {
    const runtime = await start({ agents: [puppet] })
    const options = { id: 'one' }
    expect(await runtime.send(Ask(answer('text')), 'puppet/a', options)).toBe('text')
    expect(await runtime.send(AskNumber(answer(7)), 'puppet/a', options)).toBe(7)
    expect(await runtime.send(Ask(answer('other')), 'puppet/b', options)).toBe('other')
    expect(await runtime.send(Ask(answer('text')), 'puppet/a', options)).toBe('text')
    expect(runtime.stats()).toMatchObject({ accepted: 3 })
  })

  test('with another payload is refused, and nothing is accepted', async () => {
    const runtime = await start({ agents: [puppet] })
    const options = { id: 'order-42' }
    await runtime.publish(Act(count), 'act/a', options)
    await runtime.send(Ask(answer(1)), 'puppet/a', options)
    const publish = () => runtime.publish(Act(answer(1)), 'act/a', options)
    const error = await expectRefusal(publish, 'HEDDLE_ID_REUSED', "'order-42'", "'act'", 'act/a')
    const fields = { call: 'publish', id: 'order-42', message: 'act', target: 'act/a' }
    expect(error.fields).toEqual(fields)
    const send = () => runtime.send(Ask(answer(2)), 'puppet/a', options)
    await expectRefusal(send, 'HEDDLE_ID_REUSED', 'send', 'puppet/a')
    await runtime.publish(Act(count), 'act/a', options)
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 2, handled: 2, deadLettered: 0 })
  })

  test('leaves to each caller its own deadline and signal', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    const request = Ask([{ do: 'gate', at: 'door' }, ...answer('late')])
    const ask = (options: { deadlineMs?: number; signal?: AbortSignal } = {}) =>
      runtime.send(request, 'puppet/a', { id: 'x', ...options })
    const first = ask()
    await entered('door')
    await expectRefusal(() => ask({ deadlineMs: 5 }), 'HEDDLE_DEADLINE', '5 ms')
    const control = new AbortController()
    const second = expectRefusal(() => ask({ signal: control.signal }), 'HEDDLE_CANCELLED', 'bored')
    control.abort('bored')
    await second
    await expectRefusal(() => ask({ signal: control.signal }), 'HEDDLE_CANCELLED', 'bored')
    const third = ask()
    open('door')
    expect(await Promise.all([first, third])).toEqual(['late', 'late'])
  })

  test.each([
    'bored',
    Number.NaN, // which equals nothing
    undefined,
  ])(
    'is still accepted when the first caller gave up before there was room: %s',
    async (reason) => {
      const { agent, entered, open } = gates()
      const runtime = await start({ agents: [puppet, agent], bounds: { messages: 2 } })
      await runtime.publish(Act([{ do: 'gate', at: 'door' }]), 'act/full')
      await entered('door')
      const control = new AbortController()
      const first = { id: 'x', signal: control.signal }
      const firsts = [
        expectRefusal(() => runtime.publish(Act(count), 'act/a', first), 'HEDDLE_CANCELLED'),
        expectRefusal(() => runtime.send(Ask(count), 'puppet/a', first), 'HEDDLE_CANCELLED'),
      ]
      const published = runtime.publish(Act(count), 'act/a', { id: 'x' })
      const answered = runtime.send(Ask(count), 'puppet/a', { id: 'x' })
      control.abort(reason)
      await Promise.all(firsts)
      open('door')
      await Promise.all([published, answered])
      await runtime.idle()
      expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/a': { count: '2' } })
    },
  )

  test('does not share the first caller’s deadline and signal with the others', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    const ask = (id: string, options: { deadlineMs?: number; signal?: AbortSignal }) =>
      runtime.send(Ask([{ do: 'gate', at: id }, ...answer(id)]), `puppet/${id}`, { id, ...options })
    const control = new AbortController()
    const late = expectRefusal(() => ask('late', { deadlineMs: 50 }), 'HEDDLE_DEADLINE', '50 ms')
    const bored = expectRefusal(() => ask('bored', { signal: control.signal }), 'HEDDLE_CANCELLED')
    const others = [ask('late', {}), ask('bored', {})]
    await Promise.all([entered('late'), entered('bored')])
    control.abort('bored')
    await Promise.all([late, bored])
    open('late')
    open('bored')
    expect(await Promise.all(others)).toEqual(['late', 'bored'])
  })

  test('cancels its delivery when the last caller gives up', async () => {
    const { agent, entered } = gates()
    const runtime = await start({ agents: [puppet, agent], turnGraceMs: 10 })
    const ask = (signal: AbortSignal) =>
      runtime.send(Ask([{ do: 'gate', at: 'door' }]), 'puppet/a', { id: 'x', signal })
    const [one, two] = [new AbortController(), new AbortController()]
    const refusals = [one, two].map(({ signal }) =>
      expectRefusal(() => ask(signal), 'HEDDLE_CANCELLED', 'enough'),
    )
    await entered('door')
    one.abort('enough')
    await refusals[0]
    expect(runtime.stats()).toMatchObject({ accepted: 2, cancelled: 0 })
    two.abort('enough')
    await refusals[1]
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 2, cancelled: 2, inFlight: 0 })
    await expectRefusal(() => ask(new AbortController().signal), 'HEDDLE_CANCELLED', 'enough')
  })

  test('is free again when all callers gave up before there was room', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { messages: 2 } })
    await runtime.publish(Act([{ do: 'gate', at: 'door' }]), 'act/full')
    await entered('door')
    const [one, two] = [new AbortController(), new AbortController()]
    const calls = (signal?: AbortSignal) => {
      const options = { id: 'x', ...(signal && { signal }) }
      return [
        runtime.publish(Act(count), 'act/a', options),
        runtime.send(Ask(count), 'puppet/a', options),
      ]
    }
    const refusals = [one, two].flatMap(({ signal }) =>
      calls(signal).map((call) => expectRefusal(() => call, 'HEDDLE_CANCELLED', 'enough')),
    )
    one.abort('enough')
    two.abort('enough')
    await Promise.all(refusals)
    const accepted = calls()
    open('door')
    await Promise.all(accepted)
    await runtime.idle()
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/a': { count: '2' } })
  })
})
