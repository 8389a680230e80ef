/** Thousands of turns that wait in one lane: the last of them is seen as the first is. */
import { expect, test } from 'vitest'
import type { InspectRecord } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, puppet, type Step } from '../fixtures/puppet.agent.ts'

const MANY = 3_000
const keys = Array.from({ length: MANY }, (_, key) => `k${key}`)

/** Each turn waits at a gate of its own. */
const waits = (key: string): readonly Step[] => [{ do: 'gate', at: key }]

onBothRuntimes('of thousands of turns that wait', ({ start, name }) => {
  test('each has its time-out', async () => {
    const { agent } = gates()
    const runtime = await start({ agents: [puppet, agent], turnTimeoutMs: 400, turnGraceMs: 100 })
    const tasks = await Promise.all(keys.map((key) => runtime.run(Act(waits(key)), `act/${key}`)))
    await Promise.all(tasks.map(({ ended }) => ended))
    const codes = (await runtime.deadLetters.list({ message: Act.name })).map(({ reason }) => {
      return reason.kind === 'failed' ? reason.error.code : reason.kind
    })
    expect(codes).toEqual(keys.map(() => 'HEDDLE_TURN_TIMEOUT'))
  })

  test('each is cancelled with its task', async () => {
    const runtime = await start({ agents: [puppet] })
    const begun = Promise.withResolvers<void>()
    let reported = 0
    const script: readonly Step[] = [{ do: 'emit', event: 'begun' }, { do: 'until-aborted' }]
    const tasks = await Promise.all(keys.map((key) => runtime.run(Act(script), `act/${key}`)))
    for (const task of tasks) {
      void (async () => {
        for await (const _ of task.events) if (++reported === MANY) begun.resolve()
      })()
    }
    await begun.promise
    for (const task of tasks) task.cancel('enough')
    const ends = await Promise.all(tasks.map(({ ended }) => ended))
    expect(new Set(ends.map(({ stopReason }) => stopReason.kind))).toEqual(new Set(['cancelled']))
    expect(runtime.stats()).toMatchObject({ cancelled: MANY, handled: 0 })
  })

  test('each is a suspect when the lane dies and nobody knows why', async () => {
    if (name === 'SingleThreadedRuntime') return // its lane does not die
    const { agent, entered } = gates()
    const runtime = await start({ agents: [puppet, agent] })
    const died = Promise.withResolvers<Extract<InspectRecord, { kind: 'lane-died' }>>()
    runtime.inspect((record) => record.kind === 'lane-died' && died.resolve(record))
    for (const key of keys) void runtime.publish(Act(waits(key)), `act/${key}`)
    await Promise.all(keys.map(entered))
    await runtime.publish(Act([{ do: 'die', untilAttempt: 2, by: 'unknown' }]), 'act/dies')
    const { suspects } = await died.promise
    expect(new Set(suspects)).toEqual(new Set([...keys, 'dies'].map((key) => `puppet/${key}`)))
  })
})
