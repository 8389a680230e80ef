import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Count, inner, middle, Outer, outer } from '../fixtures/nesting.agent.ts'

onBothRuntimes('a nested request that fails', ({ start }) => {
  test('takes back what the requests within it did, and nothing else of the turn (D5)', async () => {
    const runtime = await start({ agents: [outer, middle, inner] })
    expect(await runtime.send(Outer(), 'outer/k')).toBe('failed')
    const counts = ['outer', 'middle', 'inner'].map((type) => runtime.send(Count(), `${type}/k`))
    expect(await Promise.all(counts)).toEqual([1, 0, 1])
    expect((await runtime.saveState()).agents).toEqual({
      'inner/k': { count: '1' },
      'outer/k': { count: '1' },
    })
  })
})
