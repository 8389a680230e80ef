import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineAgent, defineMessage, type InspectRecord } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { Act, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Try, trying } from '../fixtures/trying.agent.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']

/** Plays messages that count, ask and publish over several keys, while lanes are ended. */
async function play(seed: number, kills = { probability: 0.05, most: 3 }) {
  const { runtime, simulation } = await startSimulated({ seed, lanes: 3, kills, agents: [puppet] })
  const records: InspectRecord[] = []
  runtime.inspect((record) => records.push(record))
  for (const key of [...KEYS, ...KEYS]) {
    const next = KEYS[(KEYS.indexOf(key) + 1) % KEYS.length]
    const script: Step[] = [
      { do: 'count' },
      { do: 'send', to: `puppet/${next}`, steps: [{ do: 'count' }], caught: true },
      { do: 'publish', steps: [{ do: 'count' }], topic: `act/${next}` },
    ]
    await runtime.publish(Act(script), `act/${key}`)
  }
  await runtime.idle()
  const { agents } = await runtime.saveState()
  const stats = runtime.stats()
  await runtime.stop()
  // Message ids begin with the runtime's own id, which is random. The rest of them must be equal.
  const text = JSON.stringify(records, (name, value) =>
    ['messageId', 'parent'].includes(name)
      ? String(value).split('-').at(-1)
      : name === 'stack'
        ? ''
        : value,
  )
  return { text, agents, stats, steps: simulation.steps, kills: { ...simulation.kills } }
}

describe('a simulated runtime', () => {
  test('runs the same for the same seed: every record, every step, every death', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const [one, again] = [await play(seed), await play(seed)]
        expect(again.text).toBe(one.text)
        expect(again).toEqual(one)
      }),
      { numRuns: 8 },
    )
  })

  test('runs differently for different seeds', async () => {
    const texts = await Promise.all([1, 2, 3, 4].map(async (seed) => (await play(seed)).text))
    expect(new Set(texts).size).toBe(4)
  })

  test('kills as often as its options say, and never without them', async () => {
    const often = await play(7, { probability: 1, most: 2 })
    expect(Object.values(often.kills).reduce((sum, count) => sum + count)).toBe(2)
    const never = await play(7, { probability: 0, most: 9 })
    expect(Object.values(never.kills).filter((count) => count > 0)).toEqual([])
    expect(never.stats).toMatchObject({ deadLettered: 0, inFlight: 0 })
    expect(often.stats).toMatchObject({ inFlight: 0 })
  })

  test('makes as many turns fail as its options say, before their handlers run or after they have ended well, and nothing of them stays', async () => {
    const options = { agents: [puppet], failures: { probability: 1, most: 2 } }
    const { runtime, simulation } = await startSimulated(options)
    for (const key of ['a', 'b', 'c']) {
      await runtime.publish(Act([{ do: 'count' }]), `act/${key}`)
    }
    await runtime.idle()
    expect(simulation.failures).toBe(2)
    const injected = { reason: { kind: 'failed', error: { code: 'HEDDLE_INJECTED' } } }
    expect(await runtime.deadLetters.list()).toMatchObject([injected, injected])
    expect(Object.keys((await runtime.saveState()).agents)).toHaveLength(1)
    await runtime.stop()
  })

  test('tries a turn again that it made fail after its end, and the turn counts once', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const failures = { probability: 0.4, most: 2 }
      const { runtime, simulation } = await startSimulated({ seed, agents: [trying], failures })
      await runtime.publish(Try({ failures: 0 }), 'try/a')
      await runtime.publish(Try({ failures: 0 }), 'try/a')
      await runtime.idle()
      expect((await runtime.saveState()).agents['trying/a']).toEqual({ count: '2' })
      // no listener gets the reports
      expect(runtime.stats()).toMatchObject({ handled: 2, deadLettered: 2 })
      expect(simulation.failures).toBeLessThanOrEqual(2)
      await runtime.stop()
    }
  })

  test('refuses a wrong number of lanes', async () => {
    for (const lanes of [0, 1.5]) {
      await expectRefusal(() => startSimulated({ lanes }), 'HEDDLE_INVALID_OPTION', "'lanes'")
    }
  })
})

describe('a turn that awaits something outside of the simulation', () => {
  const Wait = defineMessage('wait')
  const impatient = defineAgent(import.meta.url, {
    type: 'impatient',
    state: { count: 0 },
    handlers: (on) => [
      on(Wait, async (_, turn) => {
        turn.state.count += 1
        // Each takes one turn of the real event loop. The simulation waits a few turns before it
        // decides that nothing else can happen.
        for (let read = 0; read < 50; read++) await readFile(import.meta.filename)
      }),
    ],
  })

  test('fails, and is named; its state is as before', async () => {
    const { runtime, simulation } = await startSimulated({ agents: [impatient] })
    await runtime.publish(Wait(), 'wait/a')
    await runtime.idle()
    expect(await runtime.deadLetters.list()).toMatchObject([
      { reason: { error: { code: 'HEDDLE_OUTSIDE_AWAIT', fields: { agent: 'impatient/a' } } } },
    ])
    expect(simulation.outside).toEqual([{ agent: 'impatient/a', message: 'wait' }])
    expect((await runtime.saveState()).agents).toEqual({})
    await runtime.stop()
  })

  test('is reported alone, if that is what was asked for', async () => {
    const { runtime, simulation } = await startSimulated({
      agents: [impatient],
      outside: 'report',
      turnTimeoutMs: 2 ** 31 - 1, // simulated time goes on while the disk is slow
    })
    await runtime.publish(Wait(), 'wait/a')
    await runtime.idle()
    expect(simulation.outside).toEqual([{ agent: 'impatient/a', message: 'wait' }])
    expect(runtime.stats()).toMatchObject({ handled: 1 })
    await runtime.stop()
  })

  test('is not taken for one that waits for a reply', async () => {
    const { runtime, simulation } = await startSimulated({ agents: [puppet], lanes: 2 })
    const steps: Step[] = [{ do: 'send', to: 'puppet/b', steps: [{ do: 'count' }] }]
    await runtime.publish(Act(steps), 'act/a')
    await runtime.idle()
    expect(simulation.outside).toEqual([])
    await runtime.stop()
  })
})
