/** A full key holds back messages for that key, and no others (D8). */
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { Runtime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const count = [{ do: 'count' }] as const

/** Publishes to a key, whose first turn waits at the gate, until the key is full. */
async function fill(runtime: Runtime, messages: number): Promise<Promise<void>[]> {
  await runtime.publish(Act([{ do: 'gate', at: 'door' }]), 'act/stuck')
  return Array.from({ length: messages }, () => runtime.publish(Act(count), 'act/stuck'))
}

onBothRuntimes('a full key', ({ start }) => {
  test('leaves room for the others, though it has no bound of its own', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { messages: 1_000 } })
    const waiting = await fill(runtime, 1_200)
    await entered('door')
    expect(runtime.stats().inFlight).toBe(101) // including the request to the gate
    expect(await runtime.send(Ask(count), 'puppet/free')).toBe(1)
    open('door')
    await Promise.all(waiting)
    await runtime.idle()
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/stuck': { count: '1200' } })
  })

  test('holds no other key back, however many messages wait for it', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { keyMessages: 5 } })
    const waiting = await fill(runtime, 2_000)
    await entered('door')
    for (let at = 0; at < 200; at++) await runtime.publish(Act(count), `act/free-${at % 50}`)
    const asked = Array.from({ length: 50 }, (_, at) => {
      return runtime.send(Ask(count), `puppet/free-${at}`)
    })
    expect(await Promise.all(asked)).toEqual(Array(50).fill(5))
    open('door')
    await Promise.all(waiting)
    await runtime.idle()
  })

  test('forgets callers that waited for it and gave up', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { keyMessages: 1 } })
    await fill(runtime, 0)
    await entered('door')
    const ask = () => runtime.send(Ask(count), 'puppet/stuck', { deadlineMs: 5 })
    await Promise.all([1, 2, 3].map(() => expectRefusal(ask, 'HEDDLE_DEADLINE')))
    const answer = runtime.send(Ask(count), 'puppet/stuck')
    open('door')
    expect(await answer).toBe(1)
    expect(runtime.stats()).toMatchObject({ cancelled: 0, deadLettered: 0, inFlight: 0 })
  })
})

onBothRuntimes('a publish that waits for room', ({ start }) => {
  test('ends when its signal aborts, and nothing of it is accepted', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { keyMessages: 1 } })
    await fill(runtime, 0)
    await entered('door')
    const { accepted } = runtime.stats()
    const control = new AbortController()
    const { signal } = control
    const listened = () => getEventListeners(signal, 'abort').length
    const refused = [
      expectRefusal(() => runtime.publish(Act(count), 'act/stuck', { signal }), 'HEDDLE_CANCELLED'),
      expectRefusal(() => runtime.run(Act(count), 'act/stuck', { signal }), 'HEDDLE_CANCELLED'),
      expectRefusal(() => runtime.send(Ask(count), 'puppet/stuck', { signal }), 'HEDDLE_CANCELLED'),
    ]
    expect(listened()).toBe(3)
    control.abort('changed my mind')
    for (const error of await Promise.all(refused)) expect(error.message).toMatch('changed my mind')
    const calls = [
      () => runtime.publish(Act(count), 'act/elsewhere', { signal }),
      () => runtime.run(Act(count), 'act/elsewhere', { signal }),
      () => runtime.send(Ask(count), 'puppet/elsewhere', { signal }),
    ]
    for (const call of calls) await expectRefusal(call, 'HEDDLE_CANCELLED', 'changed my mind')
    open('door')
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted, cancelled: 0, deadLettered: 0 })
    expect(listened()).toBe(0)
  })

  test('lets go of its signal when it is let in, after which the signal does not end a publish', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent], bounds: { keyMessages: 1 } })
    await fill(runtime, 0)
    await entered('door')
    const control = new AbortController()
    const { signal } = control
    const listened = () => getEventListeners(signal, 'abort').length
    const published = runtime.publish(Act(count), 'act/stuck', { signal })
    const started = runtime.run(Act(count), 'act/stuck', { signal })
    open('door')
    await published
    await (await started).ended
    control.abort()
    await runtime.idle()
    expect(listened()).toBe(0)
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/stuck': { count: '2' } })
  })

  test('cancels its task when the signal of a run aborts later', async () => {
    const { agent, entered } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    const control = new AbortController()
    const { signal } = control
    const task = await runtime.run(Act([{ do: 'gate', at: 'door' }]), 'act/a', { signal })
    await entered('door')
    control.abort('enough')
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'enough' })
  })

  test('is refused with a signal that is not an AbortSignal', async () => {
    const runtime = await start({ agents: [puppet] })
    const options = { signal: {} as AbortSignal }
    const calls = [
      () => runtime.publish(Act(count), 'act/a', options),
      () => runtime.run(Act(count), 'act/a', options),
      () => runtime.send(Ask(count), 'puppet/a', options),
    ]
    for (const call of calls) await expectRefusal(call, 'HEDDLE_INVALID_OPTION', 'signal')
    expect(runtime.stats()).toMatchObject({ accepted: 0 })
  })
})
