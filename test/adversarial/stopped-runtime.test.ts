/** A runtime that has stopped accepts nothing, says so, and still answers questions. */
import { expect, test } from 'vitest'
import { closureAgent, type Runtime } from '../../src/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { stuck } from '../fixtures/stuck.agent.ts'

const CALLS: [name: string, call: (runtime: Runtime, id: string) => unknown][] = [
  ['publish', (runtime) => runtime.publish(Act([]), 'act/a')],
  ['send', (runtime) => runtime.send(Ask([]), 'puppet/a')],
  ['run', (runtime) => runtime.run(Act([]), 'act/a')],
  ['register', (runtime) => runtime.register(puppet.as('other'))],
  ['subscribe', (runtime) => runtime.subscribe({ topic: 't', agent: 'puppet' })],
  ['loadState', (runtime) => runtime.loadState({ version: 1, agents: {} })],
]

onBothRuntimes('a runtime that has stopped', ({ start, share }) => {
  const runtimeOf = share({ agents: [puppet] })

  test.each(CALLS)('refuses %s', async (name, call) => {
    const runtime = runtimeOf()
    await runtime.stop()
    const counts = countsFrom(runtime)
    const before = runtime.agents()
    await expectRefusal(
      () => call(runtime, ''),
      'HEDDLE_STOPPED',
      `${name}:`,
      'accepts nothing more',
    )
    expect(counts()).toEqual(NOTHING)
    expect(runtime.agents()).toEqual(before)
  })

  test('still shows counts, agents, dead letters and state', async () => {
    const runtime = await start({ agents: [puppet] })
    await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')
    await runtime.publish(Unheard('x'), 'nowhere/a')
    await runtime.stop()
    expect(runtime.stats()).toMatchObject({ accepted: 2, handled: 1, deadLettered: 1, inFlight: 0 })
    expect(runtime.agents()).toHaveLength(1)
    expect(await runtime.deadLetters.list()).toHaveLength(1)
    expect((await runtime.saveState()).agents).toEqual({ 'puppet/a': { count: '1' } })
    await runtime.idle()
  })

  test('stops once: every call gets the same report', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent] })
    const held = runtime.send(Ask([{ do: 'gate', at: 'held' }]), 'puppet/a')
    const refused = expectRefusal(() => held, 'HEDDLE_STOPPED')
    await gated.entered('held')
    const reports = await Promise.all([runtime.stop({ deadlineMs: 0 }), runtime.stop()])
    expect(reports).toMatchObject([
      { left: 2, problems: [] },
      { left: 2, problems: [] },
    ])
    expect(await runtime.stop()).toMatchObject({ left: 2, problems: [] })
    await refused
  })

  test('has aborted the signals of the turns that it left', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const waiting = closureAgent({
      type: 'waiting',
      handlers: (on) => [
        on(Act, (_, turn) => {
          begun.resolve(turn.signal)
          return new Promise(() => {})
        }),
      ],
    })
    const runtime = await start({ agents: [waiting] })
    await runtime.publish(Act([]), 'act/a')
    const signal = await begun.promise
    expect(signal.aborted).toBe(false)
    expect(await runtime.stop({ deadlineMs: 0 })).toMatchObject({ left: 1, problems: [] })
    expect(signal.aborted).toBe(true)
  })

  test('refuses while it is still stopping, and finishes what it has', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent] })
    const held = runtime.send(Ask([{ do: 'gate', at: 'held' }]), 'puppet/a')
    await gated.entered('held')
    const stopping = runtime.stop()
    for (const [name, call] of CALLS) {
      await expectRefusal(() => call(runtime, ''), 'HEDDLE_STOPPED', `${name}:`)
    }
    gated.open('held')
    expect(await held).toBe('held')
    expect(await stopping).toMatchObject({ left: 0, problems: [] })
  })

  test('answers a register call whose agent is never ready', async () => {
    const runtime = await start({ agents: [puppet] })
    const registering = ['stuck', 'other'].map((type) => runtime.register(stuck.as(type)))
    const refused = registering.map((one) => {
      return expectRefusal(() => one, 'HEDDLE_STOPPED', 'register:')
    })
    expect(await runtime.stop()).toMatchObject({ left: 0, problems: [] })
    await Promise.all(refused)
    expect(runtime.agents()).toHaveLength(1)
  })

  test('refuses a caller that waits for room', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent], bounds: { messages: 2 } })
    const held = runtime.send(Ask([{ do: 'gate', at: 'held' }]), 'puppet/a')
    await gated.entered('held')
    const waiting = [runtime.publish(Act([]), 'act/b'), runtime.send(Ask([]), 'puppet/b')]
    const refused = waiting.map((one) => expectRefusal(() => one, 'HEDDLE_STOPPED'))
    const stopping = runtime.stop()
    await Promise.all(refused)
    gated.open('held')
    expect(await held).toBe('held')
    expect(await stopping).toMatchObject({ left: 0, problems: [] })
    expect(runtime.stats()).toMatchObject({ accepted: 2, handled: 2 })
  })

  test.each([Number.NaN, -1, '5'])('does not stop with the deadline %o', async (deadlineMs) => {
    const runtime = await start({ agents: [puppet] })
    const stop = () => runtime.stop({ deadlineMs: deadlineMs as number })
    await expectRefusal(stop, 'HEDDLE_INVALID_OPTION', 'deadlineMs')
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
  })
})
