import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../src/router/gate/heap.ts'

test('the smallest item comes first, whatever was pushed, popped and removed before', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), rank: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const), rank: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('keep' as const), rank: fc.nat(20) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new Heap<{ readonly rank: number }>((item) => item.rank)
      let model: number[] = []
      for (const { do: what, rank } of steps) {
        if (what === 'push') {
          heap.push({ rank })
          model = [...model, rank].sort((one, other) => one - other)
        } else if (what === 'pop') {
          expect(heap.pop()?.rank).toBe(model.shift())
        } else {
          heap.keep((item) => item.rank !== rank)
          model = model.filter((one) => one !== rank)
        }
        expect([heap.size, heap.peek()?.rank]).toEqual([model.length, model[0]])
      }
    }),
  )
})
