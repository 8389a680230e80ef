import { describe, expect, test } from 'vitest'
import { KINDS, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { first, Have, mixed, second, Tape, third } from '../fixtures/tape.agent.ts'

onBothRuntimes('resources', ({ start }) => {
  function taped() {
    const tape = new Tape()
    return { tape, config: { tape: tape.buffer } }
  }

  test('are set up once per lane, and shared by the agents of the lane that use them', async () => {
    const { config } = taped()
    const runtime = await start({ agents: [first.with(config), third.with(config)] })
    const ask = (id: string) => runtime.send(Have(), id) as Promise<Record<string, unknown>>
    const [one, again] = [await ask('first/a'), await ask('first/b')]
    expect(again).toEqual(one)
    expect(one).toMatchObject({ uses: 2, greeting: 'hello', lane: 0, type: 'first' })
    expect(await ask('third/a')).toEqual({ client: one.client, uses: 2 })
  })

  test('from a setup that returns a class instance keep its methods', async () => {
    const { config } = taped()
    const runtime = await start({ agents: [second.with(config)] })
    expect(await runtime.send(Have(), 'second/a')).toBe('hello from a class')
  })

  test('from a setup that returns a class instance keep its methods, beside the resources in `uses`', async () => {
    const { config } = taped()
    const runtime = await start({ agents: [mixed.with(config)] })
    expect(await runtime.send(Have(), 'mixed/a')).toEqual(['hello from a class', 'hello'])
  })

  test('are disposed at stop, last first, by dispose or by their own symbol', async () => {
    const { tape, config } = taped()
    const runtime = await start({ agents: [first.with(config)] })
    await runtime.register(second.with(config))
    await runtime.register(third.with(config))
    expect(tape.read()).toEqual(['resource up', 'first up', 'second up', 'third up'])
    await runtime.stop()
    const down = ['third down', 'second down', 'first down', 'resource down']
    expect(
      tape
        .read()
        .slice(4)
        .filter((event) => event !== 'signal aborted'),
    ).toEqual(down)
    await runtime.stop()
    expect(tape.read().filter((event) => event === 'resource down')).toHaveLength(1)
  })

  test('that can’t be set up fail the call, and nothing is left of the start', async () => {
    const { tape, config } = taped()
    const agents = [first.with(config), second.with({ ...config, fail: true })]
    const error = await expectRefusal(
      () => start({ agents }),
      'HEDDLE_SETUP_FAILED',
      "agent 'second'",
      'no connection',
    )
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'no connection' })
    const up = tape.read().filter((event) => event.endsWith(' up')).length
    const down = tape.read().filter((event) => event.endsWith(' down')).length
    expect([up, down]).toEqual([3, 2]) // the second was begun, and never completed
  })

  test('are set up again for an agent under another name', async () => {
    const { config } = taped()
    const runtime = await start({ agents: [first.with(config), first.with(config).as('again')] })
    const ask = (id: string) => runtime.send(Have(), id) as Promise<Record<string, unknown>>
    const [one, other] = [await ask('first/a'), await ask('again/a')]
    expect(other.setups).not.toBe(one.setups)
    expect([other.client, other.type]).toEqual([one.client, 'again'])
  })
})

describe('each lane', () => {
  test('has resources of its own', async () => {
    const threaded = KINDS.find(({ name }) => name === 'ThreadedRuntime')
    const tape = new Tape()
    const runtime = await threaded?.start({
      lanes: 2,
      agents: [second.with({ tape: tape.buffer })],
    })
    expect(tape.read()).toEqual(['second up', 'second up'])
    await runtime?.stop()
    expect(tape.read().filter((event) => event === 'second down')).toHaveLength(2)
  })
})
