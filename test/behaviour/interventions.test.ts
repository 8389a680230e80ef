import { beforeEach, expect, test } from 'vitest'
import { drop, type Intervention } from '../../src/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Report, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const value = (text: string): Step => ({ do: 'value', value: text })
const report = (text: string): Step[] => [value(text), { do: 'report' }]
/** Returns `same`, so that an expression can also note something. */
const note = <T>(_noted: unknown, same: T): T => same
const asks = (text: string): Step[] => [
  { do: 'send', to: 'puppet/other', steps: [value(text)], caught: true },
  { do: 'report' },
]

onBothRuntimes('interventions', ({ start, share }) => {
  let [first, second]: Intervention[] = [{}, {}]
  const collected = collector()
  const { values } = collected
  const link = (of: () => Intervention): Intervention => ({
    onPublish: (message, context) => (of().onPublish ?? ((same) => same))(message, context),
    onSend: (request, context) => (of().onSend ?? ((same) => same))(request, context),
    onReply: (reply, context) => (of().onReply ?? ((same) => same))(reply, context),
  })
  const runtimeOf = share({
    agents: [puppet, collected.agent],
    interventions: [link(() => first as Intervention), {}, link(() => second as Intervention)],
  })
  beforeEach(() => collected.said.splice(0))

  function use(one: Intervention, other: Intervention = {}) {
    ;[first, second] = [one, other]
    const runtime = runtimeOf()
    return { runtime, counts: countsFrom(runtime) }
  }

  test('change what is published, from outside and by turns', async () => {
    const { runtime } = use({
      onPublish: (message) => {
        if (message.name === 'act') return Act([...(message.payload as Step[]), ...report('added')])
        const { by, value } = message.payload as { by: string; value: unknown }
        return Report({ by, value: `${value}!` })
      },
    })
    await runtime.publish(Act(report('given')), 'act/a')
    await runtime.idle()
    expect(values()).toEqual(['given!', 'added!'])
  })

  test('each get the previous one’s result', async () => {
    const add = (word: string): Intervention => ({ onReply: (reply) => `${reply}${word}` })
    const { runtime } = use(add('1'), add('2'))
    expect(await runtime.send(Ask([value('0')]), 'puppet/a')).toBe('012')
  })

  test('see where a message comes from and goes to', async () => {
    const seen: unknown[] = []
    const { runtime } = use({
      onPublish: (message, { topic, sender }) =>
        note(seen.push([message.name, topic, sender]), message),
      onSend: (request, { recipient, sender }) => note(seen.push([recipient, sender]), request),
      onReply: (reply, { request, agent }) => note(seen.push([request, agent, reply]), reply),
    })
    await runtime.publish(Act(asks('x')), 'act/a')
    await runtime.idle()
    const [a, other] = [
      { type: 'puppet', key: 'a' },
      { type: 'puppet', key: 'other' },
    ]
    expect(seen).toEqual([
      ['act', { type: 'act', source: 'a' }, undefined],
      [other, a],
      ['ask', other, 'x'],
      ['report', { type: 'report', source: 'a' }, a],
    ])
  })

  test('drop what is published, which is counted and never handled', async () => {
    const { runtime, counts } = use({
      onPublish: (message) => (message.name === 'report' ? drop('hush') : message),
    })
    const dropped: unknown[] = []
    runtime.inspect((record) => record.kind === 'dropped' && dropped.push(record))
    await runtime.publish(Act(report('x')), 'act/a')
    await runtime.idle()
    expect(values()).toEqual([])
    expect(counts()).toMatchObject({ accepted: 2, handled: 1, dropped: 1, inFlight: 0 })
    expect(dropped).toMatchObject([{ message: 'report', reason: 'hush', topic: 'report/a' }])
  })

  test('drop a publish from outside: its task ends', async () => {
    const { runtime, counts } = use({ onPublish: () => drop('hush') })
    const task = await runtime.run(Act([]), 'act/a')
    const stopReason = { kind: 'dropped', count: 1, first: 'hush' }
    expect(await task.ended).toEqual({ stopReason, deliveries: 1 })
    expect(counts()).toMatchObject({ accepted: 1, handled: 0, dropped: 1, inFlight: 0 })
  })

  test('change, drop and refuse requests, from outside and by turns', async () => {
    const onSend: Intervention['onSend'] = (request) => {
      const [first] = request.payload as [{ value: string }]
      if (first.value === 'drop') return drop('hush')
      if (first.value === 'throw') throw new RangeError('broken')
      return Ask([value(`${first.value}!`)])
    }
    const { runtime, counts } = use({ onSend })
    const send = (text: string) => runtime.send(Ask([value(text)]), 'puppet/a')
    expect(await send('x')).toBe('x!')
    await expectRefusal(() => send('drop'), 'HEDDLE_DROPPED', "'ask'", 'hush')
    const failed = await expectRefusal(
      () => send('throw'),
      'HEDDLE_INTERVENTION_FAILED',
      'onSend',
      'broken',
    )
    expect(failed.cause).toBeInstanceOf(RangeError)
    for (const text of ['x', 'drop', 'throw']) await runtime.publish(Act(asks(text)), 'act/a')
    await runtime.idle()
    expect(values()).toEqual(['x!', 'HEDDLE_DROPPED', 'HEDDLE_INTERVENTION_FAILED'])
    // 2 requests handled, 2 dropped, 3 acts, 3 reports; a message on which an intervention fails
    // was not accepted
    expect(counts()).toMatchObject({ accepted: 10, handled: 8, dropped: 2, deadLettered: 0 })
  })

  test('change and withhold replies; the turn was handled either way', async () => {
    const onReply: Intervention['onReply'] = (reply) => {
      if (reply === 'drop') return drop('hush')
      if (reply === 'throw') throw new RangeError('broken')
      return `${reply}!`
    }
    const { runtime, counts } = use({ onReply })
    const send = (text: string) => runtime.send(Ask([value(text)]), 'puppet/a')
    expect(await send('x')).toBe('x!')
    await expectRefusal(() => send('drop'), 'HEDDLE_DROPPED', 'hush')
    await expectRefusal(() => send('throw'), 'HEDDLE_INTERVENTION_FAILED', 'onReply')
    for (const text of ['x', 'drop', 'throw']) await runtime.publish(Act(asks(text)), 'act/a')
    await runtime.idle()
    expect(values()).toEqual(['x!', 'HEDDLE_DROPPED', 'HEDDLE_INTERVENTION_FAILED'])
    expect(counts()).toMatchObject({ accepted: 12, handled: 12 })
  })

  test('that throw refuse a publish from outside, and nothing was accepted', async () => {
    const { runtime, counts } = use({
      onPublish: () => {
        throw new RangeError('broken')
      },
    })
    const publish = () => runtime.publish(Act([]), 'act/a')
    await expectRefusal(publish, 'HEDDLE_INTERVENTION_FAILED', "onPublish of 'act'", 'broken')
    await expectRefusal(() => runtime.run(Act([]), 'act/a'), 'HEDDLE_INTERVENTION_FAILED')
    expect(counts()).toEqual(NOTHING)
    await runtime.idle()
  })

  test('that throw on what a turn publishes leave a dead letter, and do not fail the turn', async () => {
    const { runtime, counts } = use({
      onPublish: (message) => {
        if (message.name === 'report') throw new RangeError('broken')
        return message
      },
    })
    await runtime.publish(Act([{ do: 'count' }, ...report('x')]), 'act/counted')
    await runtime.idle()
    expect(counts()).toMatchObject({ accepted: 2, handled: 1, deadLettered: 1, inFlight: 0 })
    expect((await runtime.deadLetters.list()).slice(-1)).toMatchObject([
      {
        message: 'report',
        topic: 'report/counted',
        sender: 'puppet/counted',
        reason: { kind: 'intervention-failed', error: { code: 'HEDDLE_INTERVENTION_FAILED' } },
      },
    ])
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/counted': { count: '1' } })
  })

  test('that return nothing are refused as a mistake', async () => {
    const { runtime } = use({ onPublish: () => undefined as never })
    const publish = () => runtime.publish(Act([]), 'act/a')
    await expectRefusal(
      publish,
      'HEDDLE_INTERVENTION_FAILED',
      'it returned undefined',
      'drop(reason)',
    )
  })

  test('that make a reply which can’t cross to a thread fail the caller alone', {
    timeout: 15_000, // a test that takes longer hangs
  }, async () => {
    const runtime = await start({
      agents: [puppet, collected.agent],
      interventions: [{ onReply: () => () => {} }],
    })
    await runtime.publish(Act(asks('x')), 'act/a')
    await runtime.idle()
    expect(values()).toEqual(['HEDDLE_INTERVENTION_FAILED'])
  })
})
