import { expect, test } from 'vitest'
import { HeddleError } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { Ask, AskNumber, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const value = (given: unknown): Step => ({ do: 'value', value: given })
const gate = (at: string): Step => ({ do: 'gate', at })
const send = (to: string, ...steps: Step[]): Step => ({ do: 'send', to, steps })
const sendCaught = (to: string, ...steps: Step[]): Step => ({ do: 'send', to, steps, caught: true })
const boom: Step = { do: 'throw', text: 'broken', code: 'E_BROKEN' }

onBothRuntimes('a request', ({ start, share }) => {
  const gated = gates()
  const clock = new ManualClock()
  const runtimeOf = share({
    agents: [puppet, puppet.as('twin'), gated.agent],
    clock,
  })

  test('from outside gets its reply', async () => {
    const script = [value({ list: [1] })]
    expect(await runtimeOf().send(Ask(script), 'puppet/a')).toEqual({ list: [1] })
    expect(await runtimeOf().send(Ask(script), { type: 'puppet', key: 'a' })).toEqual({ list: [1] })
  })

  test('gets a reply that can not be changed', async () => {
    const reply = await runtimeOf().send(Ask([value({ list: [1] })]), 'puppet/a')
    expect(Object.isFrozen(reply)).toBe(true)
    expect(Object.isFrozen((reply as { list: unknown }).list)).toBe(true)
  })

  test.each([
    ['to another key', 'puppet/other'],
    ['to another agent of its own key', 'twin/a'],
    ['through a chain', 'twin/other'],
  ])('from a turn gets its reply: %s', async (_, to) => {
    const script = [send(to, send('puppet/third', value(7)))]
    expect(await runtimeOf().send(Ask(script), 'puppet/a')).toBe(7)
  })

  test('that fails is an error with its cause: class, code and message', async () => {
    const runtime = runtimeOf()
    const error = await expectRefusal(
      () => runtime.send(Ask([boom]), 'puppet/a'),
      'HEDDLE_REQUEST_FAILED',
      "'puppet/a' failed on the request 'ask': broken",
    )
    expect(error.fields).toMatchObject({ agent: 'puppet/a', request: 'ask', problem: 'broken' })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toMatchObject({ message: 'broken', code: 'E_BROKEN' })
    expect((await runtime.deadLetters.list()).at(-1)).toMatchObject({
      message: 'ask',
      recipient: 'puppet/a',
      topic: undefined,
      reason: { kind: 'failed', error: { name: 'RangeError' } },
    })
  })

  test.each(['puppet/other', 'twin/a'])(
    'that fails on the way to %s names every agent in between',
    async (to) => {
      const call = () => runtimeOf().send(Ask([send(to, boom)]), 'puppet/a')
      const error = await expectRefusal(call, 'HEDDLE_REQUEST_FAILED')
      expect(error.cause).toMatchObject({ code: 'HEDDLE_REQUEST_FAILED' })
      expect((error.cause as HeddleError).cause).toBeInstanceOf(RangeError)
    },
  )

  test.each(['puppet/other', 'twin/a'])(
    'that fails may be caught by the turn that asked: %s',
    async (to) => {
      const script = [sendCaught(to, { do: 'count' }, boom)]
      expect(await runtimeOf().send(Ask(script), 'puppet/a')).toBe('HEDDLE_REQUEST_FAILED')
    },
  )

  test('whose reply does not fit its schema fails', async () => {
    const call = () => runtimeOf().send(AskNumber([value('many')]), 'puppet/a')
    const error = await expectRefusal(call, 'HEDDLE_REQUEST_FAILED', 'ask-number (reply)')
    expect(error.cause).toMatchObject({ code: 'HEDDLE_INVALID_PAYLOAD' })
    expect(await runtimeOf().send(AskNumber([value(7)]), 'puppet/a')).toBe(7)
  })

  test('whose reply can not be cloned fails', async () => {
    const call = () => runtimeOf().send(Ask([{ do: 'return-function' }]), 'puppet/a')
    const error = await expectRefusal(call, 'HEDDLE_REQUEST_FAILED', 'ask (reply)')
    expect(error.cause).toMatchObject({ code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE' })
  })

  test('that no handler matches is an error, and not an empty reply', async () => {
    const call = () => runtimeOf().send(AskNumber([]), 'puppet/a')
    await expectRefusal(call, 'HEDDLE_UNHANDLED_REQUEST', "'puppet'", "'ask-number'")
  })

  test('leaves no timer behind when it is answered', async () => {
    const pending = clock.pending
    await runtimeOf().send(Ask([send('puppet/other', value(1))]), 'puppet/a')
    expect(clock.pending).toBe(pending)
  })

  test.each([
    ['itself', [send('puppet/a', value(1))], 'puppet/a → puppet/a'],
    [
      'an agent that waits for it',
      [send('twin/a', send('puppet/a'))],
      'puppet/a → twin/a → puppet/a',
    ],
    [
      'its own key through another',
      [send('puppet/b', send('twin/a'))],
      'puppet/a → puppet/b → twin/a',
    ],
  ])('that would wait for itself fails at once: to %s', async (_, script, cycle) => {
    const call = () => runtimeOf().send(Ask(script), 'puppet/a')
    let error: unknown = await expectRefusal(call, 'HEDDLE_REQUEST_FAILED')
    while (error instanceof HeddleError && error.code === 'HEDDLE_REQUEST_FAILED')
      error = error.cause
    expect(error).toMatchObject({
      code: 'HEDDLE_REQUEST_CYCLE',
      fields: { cycle: cycle.split(' → ') },
    })
  })

  test('waiting when the runtime stops is answered', async () => {
    const runtime = await start({ agents: [puppet, gated.agent] })
    const asked = runtime.send(Ask([gate('stopping')]), 'puppet/a')
    const refused = expectRefusal(() => asked, 'HEDDLE_STOPPED')
    await gated.entered('stopping')
    await runtime.stop({ deadlineMs: 0 })
    await refused
  })
})
