import { expect, test } from 'vitest'
import { CAST, type Plan, plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime('activation', (make) => {
  const lanes = make.kind === 'single' ? 1 : 2

  test('activation happens once per lane, and completes before any turn on it', () =>
    prove(
      make,
      plans(),
      { fresh: true, share: make.kind === 'threaded' ? 0.3 : 1 },
      async (given, stage) => {
        const first = (['a', 'b', 'c'] as const).map((agent): Plan[number] => {
          return { kind: 'publish', to: `${agent}/k1`, label: `first ${agent}`, script: [] }
        })
        await play(stage, [...first, ...given], { readsBack: false })
        const history = stage.history()
        for (const event of ['setup', 'set-up'] as const) {
          const done = history.flatMap((one) =>
            one.at === event ? `${one.agent} on ${one.lane}` : [],
          )
          expect(new Set(done).size).toBe(done.length)
          expect(done.length).toBe(lanes * CAST.length)
        }
        const lastSetUp = history.findLastIndex(({ at }) => at === 'set-up')
        expect(history.findIndex(({ at }) => at === 'begin')).toBeGreaterThan(lastSetUp)
      },
    ))
})
