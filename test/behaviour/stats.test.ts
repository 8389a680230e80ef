import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Unheard } from '../fixtures/puppet.agent.ts'
import { spoil } from '../fixtures/spoil.ts'

onBothRuntimes('stats', ({ name, start }) => {
  test('count what was accepted, how it ended, and what is under way', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent] })
    const none = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0, inFlight: 0 }
    expect(runtime.stats()).toMatchObject({ ...none, keys: 0 })

    const held = runtime.send(Ask([{ do: 'gate', at: 'held' }]), 'puppet/a')
    await gated.entered('held')
    for (let index = 0; index < 3; index++) await runtime.publish(Act([]), 'act/a')
    expect(runtime.stats()).toMatchObject({ ...none, accepted: 5, inFlight: 5, keys: 2 })

    gated.open('held')
    await held
    await runtime.publish(Unheard('x'), 'nowhere/a')
    await runtime.send(Ask([{ do: 'count' }]), 'puppet/stateful')
    await runtime.idle()
    const { lanes, ...counts } = runtime.stats()
    expect(counts).toEqual({
      ...none,
      ...{
        accepted: 7,
        handled: 6,
        deadLettered: 1,
        keys: 1,
        health: 'sound',
        stalled: [],
        changedCode: [],
      },
    })
    expect(lanes.every(({ posted, waiting }) => posted === 0 && waiting === 0)).toBe(true)
  })

  test('and all other reports of a runtime are copies: changing them changes nothing', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent], stallMs: 100 })
    await runtime.publish(Unheard('x'), 'nowhere/a')
    await runtime.publish(Act([{ do: 'gate', at: 'held' }]), 'act/a')
    const { promise: stalled, resolve } = Promise.withResolvers<void>()
    const end = runtime.inspect(({ kind }) => kind === 'stalled' && resolve())
    await stalled
    end()
    expect(runtime.stats().stalled).not.toEqual([])
    const reports = async () => [
      ...[runtime.agents(), runtime.stats(), await runtime.deadLetters.counts()],
      ...[await runtime.deadLetters.list(), await runtime.saveState()],
    ]
    const before = structuredClone(await reports())
    for (const one of await reports()) spoil(one)
    expect(await reports()).toEqual(before)
    gated.open('held')
    await runtime.idle()
    const report = await runtime.stop()
    const whole = structuredClone(report)
    spoil(report)
    expect(await runtime.stop()).toEqual(whole)
  })

  test('forget a key that keeps nothing, whatever was sent to it and through it', async () => {
    const runtime = await start({ agents: [puppet] })
    const copied = { do: 'value', value: new Map([['a', new Date(0)]]) } as const
    await runtime.publish(Act([copied]), 'act/a')
    await runtime.send(Ask([{ do: 'send', to: 'puppet/c', steps: [copied] }]), 'puppet/b')
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ handled: 3, keys: 0 })
  })

  test('show the lanes, and the main thread beside them', async () => {
    const runtime = await start({ agents: [puppet], lanes: 2 })
    const indexes = name === 'ThreadedRuntime' ? [0, 1, -1] : [0]
    expect(runtime.stats().lanes).toEqual(
      indexes.map((lane) => ({ lane, generation: 0, status: 'up', posted: 0, waiting: 0 })),
    )
  })

  test('keep the newest dead letters, up to a limit', async () => {
    const runtime = await start({ agents: [puppet], deadLetters: { max: 2 } })
    for (const text of ['1', '2', '3']) await runtime.publish(Unheard(text), 'nowhere/a')
    await runtime.idle()
    expect(runtime.stats().deadLettered).toBe(3)
    expect((await runtime.deadLetters.list()).map(({ payload }) => payload)).toEqual(['2', '3'])
    expect((await runtime.deadLetters.list())[0]).toMatchObject({
      message: 'unheard',
      topic: 'nowhere/a',
      recipient: undefined,
      sender: undefined,
      attempts: expect.any(Number),
      at: expect.any(Number),
    })
  })
})
