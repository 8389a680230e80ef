import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InspectRecord } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { Act, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']

/** Messages that count, ask and publish over several keys, while lanes are ended. */
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
  // Message ids begin with the runtime's own, which is random: their rest must agree.
  const text = JSON.stringify(records, (name, value) =>
    name === 'messageId' ? String(value).split('-').at(-1) : name === 'stack' ? '' : value,
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

  test('kills as often as it was told to, and never when it was not', async () => {
    const often = await play(7, { probability: 1, most: 2 })
    expect(Object.values(often.kills).reduce((sum, count) => sum + count)).toBe(2)
    const never = await play(7, { probability: 0, most: 9 })
    expect(Object.values(never.kills)).toEqual([0, 0, 0, 0, 0])
    expect(never.stats).toMatchObject({ deadLettered: 0, inFlight: 0 })
    expect(often.stats).toMatchObject({ inFlight: 0 })
  })

  test('refuses a number of lanes that is none', async () => {
    for (const lanes of [0, 1.5]) {
      await expectRefusal(() => startSimulated({ lanes }), 'HEDDLE_INVALID_OPTION', "'lanes'")
    }
  })
})
