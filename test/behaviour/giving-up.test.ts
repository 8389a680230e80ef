import { expect, test } from 'vitest'
import { systemClock } from '../../src/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { Ask, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const value = (given: unknown): Step => ({ do: 'value', value: given })
const gate = (at: string): Step => ({ do: 'gate', at })
const send = (to: string, ...steps: Step[]): Step => ({ do: 'send', to, steps })
/** Resolves after the events that wait now. */
const soon = () => new Promise<void>((next) => systemClock.soon(next))

onBothRuntimes('a request', ({ name, start, share }) => {
  const gated = gates()
  const clock = new ManualClock()
  const runtimeOf = share({
    agents: [puppet, puppet.as('twin'), gated.agent],
    clock,
    requestDeadlineMs: 1_000,
  })

  test('is given up at its deadline', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const script: Step[] = [{ do: 'count' }, gate('deadline')]
    const asked = runtime.send(Ask(script), 'puppet/late', { deadlineMs: 300 })
    const refused = expectRefusal(
      () => asked,
      'HEDDLE_DEADLINE',
      "'puppet/late'",
      "'ask'",
      '300 ms',
    )
    await gated.entered('deadline')
    clock.advance(299)
    expect(counts().inFlight).toBe(2)
    clock.advance(1)
    await refused
    gated.open('deadline')
    await runtime.idle()
    expect(counts()).toMatchObject({ accepted: 2, deadLettered: 0 })
    expect((await runtime.saveState()).agents).not.toHaveProperty('puppet/late')
  })

  test('that is given up gives up its own requests, so that its key goes on', {
    timeout: 20_000,
  }, async () => {
    const clock = new ManualClock()
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent], clock, requestDeadlineMs: 1_000 })
    const script = [send('puppet/between', gate('never'))]
    const asked = runtime.send(Ask(script), 'puppet/late', { deadlineMs: 300 })
    const refused = expectRefusal(() => asked, 'HEDDLE_DEADLINE')
    await gated.entered('never')
    clock.advance(300)
    await refused
    expect(await runtime.send(Ask([value('next')]), 'puppet/late')).toBe('next')
    expect(await runtime.send(Ask([value('next')]), 'puppet/between')).toBe('next')
  })

  test('waits as long as the runtime’s option says, unless it has a deadline of its own', async () => {
    const asked = runtimeOf().send(Ask([gate('default')]), 'puppet/default')
    const refused = expectRefusal(() => asked, 'HEDDLE_DEADLINE', '1000 ms')
    await gated.entered('default')
    clock.advance(1_000)
    await refused
    gated.open('default')
    await runtimeOf().idle()
  })

  test('of a turn has a deadline of its own', async () => {
    const runtime = runtimeOf()
    const steps = [gate('turn')]
    const ask: Step = { do: 'send', to: 'puppet/held', steps, deadlineMs: 100, caught: true }
    const asked = runtime.send(Ask([ask]), 'puppet/a')
    await gated.entered('turn')
    clock.advance(100)
    expect(await asked).toBe('HEDDLE_DEADLINE')
    gated.open('turn')
    await runtime.idle()
  })

  test('with a signal that has aborted never starts', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const signal = AbortSignal.abort('before')
    const call = () => runtime.send(Ask([]), 'puppet/a', { signal })
    await expectRefusal(call, 'HEDDLE_CANCELLED', "'ask' to 'puppet/a'", 'before')
    expect(counts()).toEqual(NOTHING)
  })

  test.each([
    ['another key', 'puppet/other'],
    ['its own key', 'twin/a'],
  ])('of a turn to %s, with a signal that has aborted, never starts', async (_, to) => {
    const ask: Step = { do: 'send', to, steps: [value('ran')], aborted: 'before', caught: true }
    expect(await runtimeOf().send(Ask([ask]), 'puppet/a')).toBe('HEDDLE_CANCELLED')
  })

  test('is given up when its signal aborts, and so is its turn', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const controller = new AbortController()
    const { signal } = controller
    const script: Step[] = [{ do: 'count' }, gate('abort'), { do: 'until-aborted' }]
    const asked = runtime.send(Ask(script), 'puppet/aborted', { signal })
    await gated.entered('abort')
    gated.open('abort')
    controller.abort('enough')
    await expectRefusal(() => asked, 'HEDDLE_CANCELLED', "'ask' to 'puppet/aborted'", 'enough')
    await runtime.idle()
    expect(counts()).toMatchObject({ deadLettered: 0, inFlight: 0 })
    expect(counts().cancelled).toBeGreaterThanOrEqual(1)
    expect((await runtime.saveState()).agents).not.toHaveProperty('puppet/aborted')
  })

  test('that waits behind another is given up without ever running', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const first = runtime.send(Ask([gate('behind')]), 'twin/behind')
    await gated.entered('behind')
    const controller = new AbortController()
    const { signal } = controller
    const asked = runtime.send(Ask([{ do: 'count' }]), 'puppet/behind', { signal })
    controller.abort('enough')
    await expectRefusal(() => asked, 'HEDDLE_CANCELLED')
    gated.open('behind')
    await first
    await runtime.idle()
    expect(counts()).toMatchObject({ accepted: 3, handled: 2, cancelled: 1 })
    expect((await runtime.saveState()).agents).not.toHaveProperty('puppet/behind')
  })

  test('to its own key ends at its deadline, and its own signal says so', async () => {
    const clock = new ManualClock() // the router's clock; a lane on a thread has its own
    const runtime = await start({ agents: [puppet, puppet.as('twin')], clock })
    const steps: Step[] = [{ do: 'count' }, { do: 'until-aborted' }]
    const ask: Step = { do: 'send', to: 'twin/a', steps, deadlineMs: 20, caught: true }
    const asked = runtime.send(Ask([{ do: 'count' }, ask]), 'puppet/a')
    // The router's deadline, its watch, and the deadline within the turn.
    while (clock.pending < 3 && name === 'SingleThreadedRuntime') await soon()
    clock.advance(20)
    expect(await asked).toBe('HEDDLE_DEADLINE')
    await runtime.idle()
    const { agents } = await runtime.saveState()
    expect(agents).toMatchObject({ 'puppet/a': { count: '1' } })
    expect(agents).not.toHaveProperty('twin/a')
  })
})
