import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Change, Given, Look, spoiler, spoilValue, textOf } from '../fixtures/spoiler.agent.ts'
import type { Stage } from './stage.ts'
import { prove, testRuntime } from './test-runtime.ts'

/**
 * Anything that a payload may hold. Half of the samples are plain data, which is frozen and not
 * copied.
 */
const plain = fc.anything({ withBigInt: true })
const rich = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
})
const given = fc.record({
  contents: fc.oneof(
    fc.record({ value: plain, isPlain: fc.constant(true) }),
    fc.record({ value: rich, isPlain: fc.constant(false) }),
  ),
  /** Whether agents send requests within their own key. */
  nests: fc.boolean(),
})
type Sample = typeof given extends fc.Arbitrary<infer T> ? T : never

const others = (history: string) => [
  spoiler.with({ history, asks: 'q' }).as('p'),
  spoiler.with({ history, asks: 'p' }).as('q'),
]

/**
 * Publishes the contents twice to both agents, and changes them afterwards. Returns the keys of
 * both agents.
 */
async function give({ contents, nests }: Sample, stage: Stage): Promise<readonly string[]> {
  const key = `s${stage.nextMark()}`
  const other = nests ? key : `${key}-other`
  for (let time = 0; time < 2; time++) {
    const parcel = { contents: structuredClone(contents.value), key: other }
    void stage.runtime.publish(Given(parcel), `given/${key}`)
    spoilValue(parcel.contents)
    await stage.idle()
  }
  return [...new Set([key, other])]
}

testRuntime('D3', (make) => {
  test('D3 what an agent does to a message or a reply shows in no other', () =>
    prove(make, given, { others }, async (some, stage) => {
      const start = stage.written
      const letters = (await stage.runtime.deadLetters.list()).length
      for (const key of await give(some, stage)) void stage.runtime.publish(Look(), `look/${key}`)
      await stage.idle()
      const history = stage.history(start)
      const texts = history.flatMap((event) =>
        event.at === 'saw' ? [[event.where, event.text]] : [],
      )
      expect(texts).toEqual(texts.map(([where]) => [where, textOf(some.contents.value)]))
      const count = (wanted: string) => texts.filter(([where]) => where === wanted).length
      expect(['given', 'asked', 'reply', 'passed on'].map(count)).toEqual([4, 8, 8, 8])
      expect((await stage.runtime.deadLetters.list()).length).toBe(letters)
    }))

  test('D3 plain data is frozen wherever it arrives', () =>
    prove(make, given, { others, share: 0.5 }, async (some, stage) => {
      const start = stage.written
      await give(some, stage)
      const spoilt = stage.history(start).flatMap((event) => (event.at === 'spoilt' ? event : []))
      expect(spoilt.length).toBeGreaterThan(0)
      if (some.contents.isPlain)
        for (const { tries, refused } of spoilt) expect(refused).toBe(tries)
    }))

  test('D3 state that was shown to others stays its own agent’s to change', () =>
    prove(make, given, { others, share: 0.5 }, async (some, stage) => {
      const letters = (await stage.runtime.deadLetters.list()).length
      for (const key of await give(some, stage))
        void stage.runtime.publish(Change(), `change/${key}`)
      await stage.idle()
      expect((await stage.runtime.deadLetters.list()).slice(letters)).toEqual([])
    }))
})
