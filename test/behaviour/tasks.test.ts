import { expect, test } from 'vitest'
import { drop, type TaskEvent, type TaskHandle } from '../../src/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector, gates } from '../fixtures/glue.ts'
import { Act, puppet, type Step, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const emit = (event: unknown): Step => ({ do: 'emit', event })
const publish = (steps: readonly Step[], topic: string): Step => ({ do: 'publish', steps, topic })
const gate = (at: string): Step => ({ do: 'gate', at })
const text = 'x'

async function eventsOf(task: TaskHandle): Promise<unknown[]> {
  const events: TaskEvent[] = []
  for await (const event of task.events) events.push(event)
  return events.map((event) => (event.kind === 'emitted' ? event.event : event.kind))
}

onBothRuntimes('a task', ({ name, start, share }) => {
  const gated = gates()
  const collected = collector()
  const runtimeOf = share({ agents: [puppet, gated.agent, collected.agent] })

  test('shows its events in order, and ends when nothing of it is in flight', async () => {
    const script = [emit(1), emit({ two: [2] }), publish([emit(3)], 'act/events-2')]
    const task = await runtimeOf().run(Act(script), 'act/events')
    expect(await eventsOf(task)).toEqual([1, { two: [2] }, 3])
    expect(await task.ended).toEqual({ stopReason: { kind: 'completed' }, deliveries: 2 })
  })

  test('shows its events before it is done', async () => {
    const task = await runtimeOf().run(Act([emit('early'), gate('events'), emit('late')]), 'act/g')
    await gated.entered('events')
    const events = task.events[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({
      kind: 'emitted',
      agent: 'puppet/g',
      event: 'early',
    })
    gated.open('events')
    expect((await events.next()).value).toMatchObject({ event: 'late' })
    expect(await events.next()).toMatchObject({ done: true })
  })

  test('does not show another task’s events', async () => {
    const runtime = runtimeOf()
    const tasks = await Promise.all(
      ['a', 'b'].map((key) => runtime.run(Act([emit(key)]), `act/${key}`)),
    )
    expect(await Promise.all(tasks.map(eventsOf))).toEqual([['a'], ['b']])
  })

  test('retracts the events of a turn that failed, and lists its dead letters', async () => {
    const script = [emit('vain'), { do: 'throw', text: 'broken' } as const]
    const task = await runtimeOf().run(Act([publish(script, 'act/vain')]), 'act/a')
    expect(await eventsOf(task)).toEqual(['vain', 'retracted'])
    const { stopReason } = await task.ended
    expect(stopReason).toMatchObject({
      kind: 'dead-letters',
      count: 1,
      agent: 'puppet/vain',
      first: { kind: 'failed', error: { name: 'RangeError', message: 'broken' } },
    })
  })

  test('that nobody hears ends with its dead letter', async () => {
    const task = await runtimeOf().run(Unheard(text), 'nowhere/a')
    const first = { kind: 'no-subscriber' }
    const stopReason = { kind: 'dead-letters', count: 1, first, agent: undefined }
    expect(await task.ended).toEqual({ stopReason, deliveries: 1 })
  })

  test('whose messages were dropped says so, and why the first was', async () => {
    const runtime = await start({
      agents: [puppet],
      interventions: [
        {
          onPublish: (message, { topic }) => (topic.source === 'a' ? message : drop(topic.source)),
          onSend: () => drop('no requests'),
        },
      ],
    })
    const script: Step[] = [
      { do: 'send', to: 'puppet/b', steps: [], caught: true },
      publish([], 'act/no publishes'),
    ]
    const task = await runtime.run(Act(script), 'act/a')
    const stopReason = { kind: 'dropped', count: 2, first: 'no requests' }
    expect(await task.ended).toEqual({ stopReason, deliveries: 3 })
  })

  test('whose turn gave up a request says that it was withdrawn, and why', async () => {
    const asking: Step = {
      do: 'send',
      to: 'puppet/never',
      steps: [{ do: 'until-aborted' }],
      deadlineMs: 20,
      caught: true,
    }
    const task = await runtimeOf().run(Act([asking]), 'act/a')
    const stopReason = { kind: 'withdrawn', count: 1, first: 'not answered within 20 ms' }
    expect(await task.ended).toEqual({ stopReason, deliveries: 2 })
  })

  test('ends once, however often it is cancelled', async () => {
    const runtime = runtimeOf()
    const done = await runtime.run(Act([]), 'act/a')
    await done.ended
    done.cancel('too late')
    expect((await done.ended).stopReason).toEqual({ kind: 'completed' })
    const task = await runtime.run(Act([{ do: 'until-aborted' }]), 'act/a')
    task.cancel('first')
    task.cancel('second')
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'first' })
  })

  test('that is cancelled aborts the signal of its running turn, which commits nothing', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const script: Step[] = [
      { do: 'count' },
      publish([], 'act/never'),
      emit('begun'),
      { do: 'until-aborted' },
    ]
    const task = await runtime.run(Act(script), 'act/signal')
    const events = task.events[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ event: 'begun' })
    task.cancel('enough')
    const told = expect.stringContaining('was cancelled: enough')
    expect((await events.next()).value).toMatchObject({ event: told })
    expect((await events.next()).value).toMatchObject({ kind: 'retracted' })
    expect(await task.ended).toEqual({
      stopReason: { kind: 'cancelled', reason: 'enough' },
      deliveries: 1,
    })
    expect(counts()).toEqual({ ...NOTHING, accepted: 1, cancelled: 1 })
    expect((await runtime.saveState()).agents).not.toHaveProperty('puppet/signal')
  })

  test('that is cancelled ends all that waits, and what its turns would still publish', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    // Behind a gate at the head of the key: more deliveries than a lane gets at once.
    const behind = Array.from({ length: 100 }, () => publish([{ do: 'count' }], 'act/waits'))
    const task = await runtime.run(Act([publish([gate('waits')], 'act/waits'), ...behind]), 'act/a')
    await gated.entered('waits')
    task.cancel()
    gated.open('waits')
    const reason = 'by its starter'
    expect(await task.ended).toEqual({
      stopReason: { kind: 'cancelled', reason },
      deliveries: 103, // the first, 101 on one key, and the request at the gate
    })
    await runtime.idle()
    expect(counts()).toMatchObject({ accepted: 103, handled: 1, cancelled: 102, deadLettered: 0 })
  })

  test('that is cancelled leaves the work of others alone', async () => {
    const runtime = runtimeOf()
    const held = await runtime.run(Act([gate('others')]), 'act/others')
    const other = await runtime.run(Act([{ do: 'count' }]), 'act/others')
    await gated.entered('others')
    held.cancel()
    gated.open('others')
    expect((await held.ended).stopReason.kind).toBe('cancelled')
    expect((await other.ended).stopReason).toEqual({ kind: 'completed' })
  })

  test.each([
    ['a symbol', Symbol('why')],
    ['a function', () => 1],
    ['an error', new Error('too late')],
  ])('that is cancelled for %s ends, and its lane goes on', async (_, reason) => {
    const runtime = runtimeOf()
    const task = await runtime.run(Act([emit(1), { do: 'until-aborted' }]), 'act/odd')
    await task.events[Symbol.asyncIterator]().next()
    task.cancel(reason as never)
    expect((await task.ended).stopReason.kind).toBe('cancelled')
    const next = await runtime.run(Act([{ do: 'count' }]), 'act/odd')
    expect((await next.ended).stopReason).toEqual({ kind: 'completed' })
  })

  test('is cancelled by the signal that it was started with', async () => {
    const runtime = runtimeOf()
    const controller = new AbortController()
    const { signal } = controller
    const task = await runtime.run(Act([emit(1), { do: 'until-aborted' }]), 'act/a', { signal })
    await task.events[Symbol.asyncIterator]().next()
    controller.abort('by signal')
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'by signal' })
  })

  test('is not started with a signal that has aborted', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const signal = AbortSignal.abort('before')
    const run = () => runtime.run(Act([]), 'act/a', { signal })
    await expectRefusal(run, 'HEDDLE_CANCELLED', "'act'", 'before')
    expect(counts()).toEqual(NOTHING)
  })

  test('is cut at its limit of depth, and at its limit of deliveries', async () => {
    const deep = (levels: number): Step[] => {
      return levels === 0 ? [] : [publish(deep(levels - 1), `act/${levels}`)]
    }
    const runtime = await start({ agents: [puppet], taskLimits: { depth: 3, total: 6 } })
    const depth = await runtime.run(Act(deep(4)), 'act/top')
    expect(await depth.ended).toEqual({
      stopReason: { kind: 'task-limit', limit: 'depth', value: 3 },
      deliveries: 5,
    })
    const total = await runtime.run(Act(Array(9).fill(publish([], 'act/b'))), 'act/a')
    expect((await total.ended).stopReason).toEqual({ kind: 'task-limit', limit: 'total', value: 6 })
    expect((await runtime.deadLetters.list()).map(({ reason }) => reason)).toMatchObject([
      { kind: 'task-limit', limit: 'depth', value: 3 },
      ...Array(4).fill({ kind: 'task-limit', limit: 'total', value: 6 }),
    ])
    expect((await (await runtime.run(Act([]), 'act/a')).ended).stopReason.kind).toBe('completed')
  })

  test('that is not done when its runtime stops ends as stopped', async () => {
    const runtime = await start({ agents: [puppet, gated.agent] })
    const task = await runtime.run(Act([gate('stop')]), 'act/a')
    await gated.entered('stop')
    expect(await runtime.stop({ deadlineMs: 0 })).toMatchObject({ left: 2, problems: [] })
    expect((await task.ended).stopReason).toEqual({ kind: 'stopped' })
    expect(await eventsOf(task)).toEqual([])
  })

  if (name === 'ThreadedRuntime') {
    test('that is cancelled ends a loop that never awaits, and its lane lives on', async () => {
      const runtime = runtimeOf()
      const generations = () => runtime.stats().lanes.map(({ generation }) => generation)
      const before = generations()
      const task = await runtime.run(Act([gate('spin'), { do: 'spin' }]), 'act/spin')
      await gated.entered('spin')
      gated.open('spin')
      task.cancel('stop spinning')
      const stopReason = { kind: 'cancelled', reason: 'stop spinning' }
      expect((await task.ended).stopReason).toEqual(stopReason)
      const after = await runtime.run(Act([emit('alive')]), 'act/spin')
      expect(await eventsOf(after)).toEqual(['alive'])
      expect(generations()).toEqual(before)
    })
  }
})
