import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector, gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Try, trying } from '../fixtures/trying.agent.ts'

onBothRuntimes('a dead letter', ({ start }) => {
  test('is accepted again when it is replayed, and only for its own agent', async () => {
    const { agent, values } = collector()
    const runtime = await start({ agents: [puppet, puppet.as('twin'), agent] })
    const script = [{ do: 'facts' }, { do: 'report' }, { do: 'throw', text: 'as told' }] as const
    await runtime.publish(Act(script), 'act/a')
    await runtime.idle()
    expect((await runtime.deadLetters.counts()).kept).toBe(2)
    expect(await runtime.deadLetters.replay({ recipient: 'twin' })).toBe(1)
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 3, deadLettered: 3, handled: 0 })
    expect((await runtime.deadLetters.list()).map(({ recipient }) => recipient)).toEqual([
      'puppet/a',
      'twin/a',
    ])
    expect(values()).toEqual([]) // failed turns report nothing
  })

  test('that nobody received goes to the present subscribers when it is replayed', async () => {
    const runtime = await start({ agents: [puppet] })
    await runtime.publish(Unheard('x'), 'elsewhere/a')
    await runtime.publish(Act([{ do: 'count' }]), 'elsewhere/a')
    await runtime.idle()
    await runtime.subscribe({ agent: 'puppet', topic: 'elsewhere' })
    expect(await runtime.deadLetters.replay({ reason: 'no-subscriber', message: 'act' })).toBe(1)
    await runtime.idle()
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/a': { count: '1' } })
    expect(await runtime.deadLetters.list()).toMatchObject([{ message: 'unheard' }])
  })

  test('of a request is handled when it is replayed, though nobody waits for its reply', async () => {
    const runtime = await start({ agents: [puppet] })
    const asked = runtime.send(Ask([{ do: 'count' }, { do: 'throw', text: 'no' }]), 'puppet/a')
    await expectRefusal(() => asked, 'HEDDLE_REQUEST_FAILED')
    await runtime.deadLetters.replay({})
    await runtime.idle()
    expect(await runtime.deadLetters.list()).toMatchObject([
      { message: 'ask', recipient: 'puppet/a', topic: undefined },
    ])
    expect(runtime.stats()).toMatchObject({ accepted: 2, deadLettered: 2, inFlight: 0 })
  })

  test('has as many attempts as any message when it is replayed', async () => {
    const runtime = await start({ agents: [trying] })
    await runtime.publish(Try({ failures: 9 }), 'try/a')
    await runtime.idle()
    await runtime.deadLetters.replay({})
    await runtime.idle()
    expect(await runtime.deadLetters.list()).toMatchObject([{ attempts: 3 }])
  })

  test('stays when the runtime accepts nothing more', async () => {
    const runtime = await start({ agents: [puppet] })
    await runtime.publish(Unheard('x'), 'unheard/a')
    await runtime.stop()
    await expectRefusal(() => runtime.deadLetters.replay({}), 'HEDDLE_STOPPED')
    expect((await runtime.deadLetters.counts()).kept).toBe(1)
  })
})

onBothRuntimes('a message with a time to live', ({ start }) => {
  test('is a dead letter when its turn has not begun in time, on its lane or in the router', async () => {
    const { agent, entered, open } = gates()
    // One key, which has little room: some deliveries wait on the lane, some in the router.
    const runtime = await start({ agents: [puppet, agent] })
    await runtime.publish(Act([{ do: 'gate', at: 'door' }, { do: 'count' }]), 'act/a')
    await entered('door')
    const script = [{ do: 'count' }] as const
    const task = await runtime.run(Act(script), 'act/a') // behind them, without a time to live
    for (let n = 0; n < 30; n++) await runtime.publish(Act(script), 'act/a', { ttlMs: 30 })
    const { promise: all, resolve } = Promise.withResolvers<void>()
    let letters = 0
    runtime.deadLetters.watch(() => ++letters === 30 && resolve())
    await all
    open('door')
    await runtime.idle()
    expect((await task.ended).stopReason.kind).toBe('completed')
    expect(runtime.stats()).toMatchObject({ deadLettered: 30 })
    expect((await runtime.deadLetters.list())[0]).toMatchObject({
      reason: { kind: 'expired', ttlMs: 30 },
    })
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/a': { count: '2' } })
  })

  test('is handled like any other when its turn begins in time, however long that takes', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    await runtime.publish(Act([{ do: 'gate', at: 'door' }]), 'act/a', { ttlMs: 20 })
    await entered('door')
    await runtime.publish(Unheard('marks the time'), 'unheard/a')
    await runtime.publish(Act([{ do: 'count' }]), 'act/a', { ttlMs: 25 })
    const { promise: expired, resolve } = Promise.withResolvers<void>()
    runtime.deadLetters.watch(({ reason }) => reason.kind === 'expired' && resolve())
    await expired // the second one's; the first one's time is over by now too
    open('door')
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ deadLettered: 2, cancelled: 0 })
    expect(await runtime.deadLetters.list({ reason: 'expired' })).toHaveLength(1)
  })
})

onBothRuntimes('an id from outside', ({ start }) => {
  test('makes one delivery of two publishes, and of two requests one answer', async () => {
    const runtime = await start({ agents: [puppet] })
    await Promise.all(
      [1, 2].map(() => runtime.publish(Act([{ do: 'count' }]), 'act/a', { id: 'one' })),
    )
    const ask = () => runtime.send(Ask([{ do: 'count' }]), 'puppet/a', { id: 'two' })
    expect(await Promise.all([ask(), ask()])).toEqual([2, 2])
    expect(await ask()).toBe(2)
    expect(runtime.stats()).toMatchObject({ accepted: 2 })
  })

  test('is free again when its message was refused', async () => {
    const { agent, entered, open } = gates()
    const bounds = { messages: 2, keyMessages: 2, policy: 'reject' } as const
    const runtime = await start({ agents: [puppet, agent], bounds })
    await runtime.publish(Act([{ do: 'gate', at: 'door' }]), 'act/a')
    await entered('door')
    const publish = () => runtime.publish(Act([{ do: 'count' }]), 'act/b', { id: 'x' })
    const ask = () => runtime.send(Ask([{ do: 'count' }]), 'puppet/b', { id: 'y' })
    await expectRefusal(publish, 'HEDDLE_BOUND_REACHED')
    await expectRefusal(ask, 'HEDDLE_BOUND_REACHED')
    open('door')
    await runtime.idle()
    await publish()
    expect(await ask()).toBe(2)
  })

  test('stands for the failure of its request, too', async () => {
    const runtime = await start({ agents: [puppet] })
    const ask = () => runtime.send(Ask([{ do: 'throw', text: 'no' }]), 'puppet/a', { id: 'x' })
    await expectRefusal(ask, 'HEDDLE_REQUEST_FAILED')
    await expectRefusal(ask, 'HEDDLE_REQUEST_FAILED')
    expect(runtime.stats()).toMatchObject({ accepted: 1 })
  })

  test('is forgotten after too many later ones', async () => {
    const runtime = await start({ agents: [puppet], idWindow: { max: 2 } })
    const publish = (id: string) => runtime.publish(Act([{ do: 'count' }]), 'act/a', { id })
    for (const id of ['1', '2', '3', '1', '3']) await publish(id)
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 4 })
  })

  test('is a string, and a time to live is in milliseconds', async () => {
    const runtime = await start({ agents: [puppet] })
    for (const options of [{ id: '' }, { id: 7 }, { ttlMs: 0 }, { ttlMs: '9' }]) {
      const call = () => runtime.publish(Act([]), 'act/a', options as never)
      await expectRefusal(call, 'HEDDLE_INVALID_OPTION')
    }
    expect(runtime.stats()).toMatchObject({ accepted: 0 })
  })
})
