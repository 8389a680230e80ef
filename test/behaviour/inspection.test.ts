import { expect, onTestFinished, test } from 'vitest'
import type { InspectRecord, Runtime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet, type Step, Unheard } from '../fixtures/puppet.agent.ts'
import { Poke, secretive } from '../fixtures/secretive.agent.ts'

const SECRET = 'sk-very-secret'
const publish = (steps: readonly Step[], topic: string): Step => ({ do: 'publish', steps, topic })

/** The records from now to the end of the test. */
function watch(runtime: Runtime): InspectRecord[] {
  const records: InspectRecord[] = []
  const stop = runtime.inspect((record) => records.push(record))
  onTestFinished(stop)
  return records
}

const kinds = (records: readonly InspectRecord[]) => records.map(({ kind }) => kind)

onBothRuntimes('inspect', ({ name, start, share }) => {
  const gated = gates()
  const runtimeOf = share({
    agents: [puppet, gated.agent, secretive.with({ apiKey: SECRET })],
    taskLimits: { depth: 5 },
  })

  test('shows the life of a message, from its acceptance to the end of its task', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    const task = await runtime.run(Act([publish([], 'act/b')]), 'act/a')
    await task.ended
    expect(kinds(records)).toEqual(['accepted', 'accepted', 'turn', 'turn', 'task-ended'])
    const [first, second] = records.filter((record) => record.kind === 'accepted')
    expect(first).toMatchObject({
      message: 'act',
      recipient: 'puppet/a',
      sender: undefined,
      topic: 'act/a',
    })
    expect(second).toMatchObject({ recipient: 'puppet/b', sender: 'puppet/a', topic: 'act/b' })
    expect(second?.task).toBe(first?.task)
    expect(second?.messageId).not.toBe(first?.messageId)
    expect(records.at(-1)).toMatchObject({
      task: first?.task,
      stopReason: { kind: 'completed' },
    })
  })

  test('shows which message each message came from, and its id from outside', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    const asking: Step = { do: 'send', to: 'puppet/asked', steps: [publish([], 'nowhere/asked')] }
    const script = [publish([], 'act/child'), asking]
    await runtime.publish(Act(script), 'act/parent', { id: 'order-42' })
    await runtime.send(Ask([]), 'puppet/parent', { id: 'ask-42' })
    await runtime.idle()
    const accepted = records.filter((record) => record.kind === 'accepted')
    const of = (to: string) => {
      return accepted.find(({ topic, recipient }) => topic === to || recipient === to)
    }
    const parent = of('act/parent')
    expect(parent).toMatchObject({ parent: undefined, givenId: 'order-42' })
    const request = of('puppet/asked')
    expect(request).toMatchObject({ parent: parent?.messageId, givenId: undefined })
    expect(of('act/child')).toMatchObject({ parent: parent?.messageId, sender: 'puppet/parent' })
    expect(of('nowhere/asked')).toMatchObject({ parent: request?.messageId, recipient: undefined })
    expect(accepted.find(({ givenId }) => givenId === 'ask-42')).toMatchObject({
      ...{ message: 'ask', parent: undefined },
    })
    expect((await runtime.deadLetters.list({ topic: 'nowhere' })).at(-1)).toMatchObject({
      ...{ parent: request?.messageId, givenId: undefined },
    })
  })

  test('shows of each turn where it ran, how it ended, and from when to when', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    await runtime.publish(Act([]), 'act/a')
    await runtime.publish(Act([{ do: 'throw', text: 'broken' }]), 'act/a')
    await runtime.send(Ask([]), 'puppet/a')
    await runtime.idle()
    const turns = records.filter((record) => record.kind === 'turn')
    expect(turns.map(({ message, outcome, error }) => [message, outcome, error?.message])).toEqual([
      ['act', 'handled', undefined],
      ['act', 'failed', 'broken'],
      ['ask', 'handled', undefined],
    ])
    for (const turn of turns) {
      expect(turn).toMatchObject({ agent: 'puppet', key: 'a', lane: 0, attempt: 1 })
      expect(turn.begunAt).toBeGreaterThan(0)
      expect(turn.endedAt).toBeGreaterThanOrEqual(turn.begunAt as number)
    }
  })

  test('shows what turns emit and log, and retracts what failed turns emitted', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    const script: Step[] = [
      { do: 'emit', event: { n: 1 } },
      { do: 'log', text: 'noted' },
      { do: 'throw', text: 'broken' },
    ]
    await runtime.publish(Act(script), 'act/a')
    await runtime.idle()
    const told = ['emitted', 'logged', 'turn', 'dead-letter', 'retracted', 'task-ended']
    expect(kinds(records).slice(1)).toEqual(told)
    const [accepted] = records
    const messageId = accepted?.kind === 'accepted' ? accepted.messageId : ''
    expect(records[1]).toMatchObject({ agent: 'puppet/a', event: { n: 1 }, messageId })
    expect(records[2]).toMatchObject({ level: 'info', text: 'noted', agent: 'puppet/a', messageId })
    expect(records[4]).toMatchObject({
      letter: { message: 'act', attempts: 1, reason: { kind: 'failed' } },
    })
    expect(records[5]).toMatchObject({ agent: 'puppet/a', messageId })
  })

  test('shows what never ran, and why', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    await runtime.publish(Unheard('x'), 'nowhere/a')
    const task = await runtime.run(Act([{ do: 'until-aborted' }]), 'act/a')
    task.cancel('enough')
    await task.ended
    expect(records.filter(({ kind }) => kind === 'dead-letter')).toMatchObject([
      { letter: { topic: 'nowhere/a', recipient: undefined, reason: { kind: 'no-subscriber' } } },
    ])
    expect(records.filter(({ kind }) => kind === 'cancelled')).toMatchObject([
      { agent: 'puppet/a', reason: 'enough' },
    ])
    expect(records.at(-1)).toMatchObject({
      kind: 'task-ended',
      stopReason: { kind: 'cancelled', reason: 'enough' },
    })
  })

  test('shows a key that is laid to rest', async () => {
    const runtime = await start({ agents: [puppet], maxLiveKeys: 1 })
    const records = watch(runtime)
    for (const key of ['a', 'b']) await runtime.send(Ask([{ do: 'count' }]), `puppet/${key}`)
    await runtime.idle()
    expect(records.filter(({ kind }) => kind === 'passivated')).toEqual([
      { kind: 'passivated', key: 'a', lane: 0 },
    ])
  })

  test('never shows configuration', async () => {
    const runtime = runtimeOf()
    const records = watch(runtime)
    await runtime.publish(Poke('fail'), 'poke/a')
    await runtime.publish(Poke('pass'), 'poke/a')
    await runtime.idle()
    expect(kinds(records)).toContain('dead-letter')
    const shown = JSON.stringify([
      records,
      runtime.agents(),
      runtime.stats(),
      await runtime.deadLetters.list(),
    ])
    expect(shown).not.toContain(SECRET)
  })

  test('calls every listener until it is removed, and a function that was added twice, twice', async () => {
    const runtime = runtimeOf()
    const [one, both]: [string[], string[]] = [[], []]
    const listener = ({ kind }: InspectRecord) => both.push(kind)
    const stops = [runtime.inspect(({ kind }) => one.push(kind)), runtime.inspect(listener)]
    const stopAgain = runtime.inspect(listener)
    const script = Act([])
    await runtime.publish(script, 'act/a')
    await runtime.idle()
    expect([one.length, both.length]).toEqual([3, 6])
    stops[0]?.()
    stops[0]?.()
    stopAgain()
    await runtime.publish(script, 'act/a')
    await runtime.idle()
    expect([one.length, both.length]).toEqual([3, 9])
    stops[1]?.()
    await runtime.publish(script, 'act/a')
    await runtime.idle()
    expect([one.length, both.length]).toEqual([3, 9])
  })

  test('has no times for a turn that began before anyone listened', async () => {
    const runtime = runtimeOf()
    await runtime.publish(Act([{ do: 'gate', at: 'early' }]), 'act/early')
    await gated.entered('early')
    const records = watch(runtime)
    gated.open('early')
    await runtime.idle()
    const turn = records.find((record) => record.kind === 'turn' && record.agent === 'puppet')
    expect(turn).toMatchObject({ begunAt: undefined, outcome: 'handled' })
  })

  if (name === 'ThreadedRuntime') {
    test('shows a lane that died, and the one that replaced it', async () => {
      const runtime = await start({ agents: [puppet] })
      const records = watch(runtime)
      await runtime.publish(Act([{ do: 'die', untilAttempt: 2 }]), 'act/a')
      await runtime.idle()
      const lanes = records.filter(({ kind }) => kind.startsWith('lane'))
      expect(lanes).toMatchObject([
        { kind: 'lane-died', lane: 0, generation: 0, unsettled: 1, suspects: ['puppet/a'] },
        { kind: 'lane-started', lane: 0, generation: 1 },
      ])
      expect(records.filter(({ kind }) => kind === 'turn')).toMatchObject([
        { outcome: 'handled', attempt: 2, begunAt: expect.any(Number) },
      ])
    })
  }
})
