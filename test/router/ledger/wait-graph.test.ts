/** Whether a wait may begin, decided over plain keys and limits (D9). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cycleOf,
  type HeldLimit,
  neededBy,
  type Wait,
  type WaitingKey,
  type WaitTarget,
} from '../../../src/router/ledger/wait-graph.ts'

class TestKey implements WaitingKey {
  readonly name: string
  waits: Set<Wait> | undefined

  constructor(name: string) {
    this.name = name
  }

  waitFor(target: WaitTarget): void {
    this.waits ??= new Set()
    this.waits.add({ by: this.name, target, since: 0 })
  }
}

const keys = (...names: string[]) => names.map((name) => new TestKey(name))
const toKey = (key: TestKey): WaitTarget => ({ kind: 'key', key, name: key.name })
const toLimit = (limit: HeldLimit): WaitTarget => ({ kind: 'limit', limit, name: limit.name })
const toTask = (...of: TestKey[]): WaitTarget => ({ kind: 'task', keys: () => of, name: 'task' })
const limitOf = (capacity: number, ...holders: TestKey[]): HeldLimit => ({
  name: 'limit',
  hasRoom: holders.length < capacity,
  heldBy: holders.map(({ name }) => name),
  holders: () => holders,
})

describe('a wait for another key', () => {
  test('may begin when that key waits for nobody, or for others', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    expect(cycleOf(a, 'a', toKey(b))).toBeUndefined()
    b.waitFor(toKey(c))
    expect(cycleOf(a, 'a', toKey(b))).toBeUndefined()
  })

  test('closes a cycle, which is named from its beginning to its beginning', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toKey(c))
    c.waitFor(toKey(a))
    expect(cycleOf(a, 'a', toKey(b))).toEqual(['a', 'b', 'c', 'a'])
  })
})

describe('a wait for a limit', () => {
  test('may begin when there is room, or when one of its holders can go on', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toKey(a))
    expect(cycleOf(a, 'a', toLimit(limitOf(2, b)))).toBeUndefined()
    expect(cycleOf(a, 'a', toLimit(limitOf(2, b, c)))).toBeUndefined()
  })

  test('is refused when all of its holders wait for the caller', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toKey(a))
    c.waitFor(toKey(b))
    expect(cycleOf(a, 'a', toLimit(limitOf(2, b, c)))).toEqual(['a', 'limit', 'a'])
  })
})

describe('a wait for a lock that needs all of its holders', () => {
  const lockOf = (...holders: TestKey[]) => {
    return toLimit({ ...limitOf(holders.length, ...holders), needsAll: true })
  }

  test('may begin when all of them can go on', () => {
    const [a, b, c, d] = keys('a', 'b', 'c', 'd') as [TestKey, TestKey, TestKey, TestKey]
    b.waitFor(toKey(d))
    expect(cycleOf(a, 'a', lockOf(b, c))).toBeUndefined()
  })

  test('is refused when one of them waits for the caller, though another can go on', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toKey(a))
    expect(cycleOf(a, 'a', lockOf(b, c))).toEqual(['a', 'limit', 'a'])
  })
})

describe('a wait for a task', () => {
  test('may begin when it has no keys any more, or all of them can go on', () => {
    const [a, b, c, d] = keys('a', 'b', 'c', 'd') as [TestKey, TestKey, TestKey, TestKey]
    b.waitFor(toKey(d))
    expect(cycleOf(a, 'a', toTask())).toBeUndefined()
    expect(cycleOf(a, 'a', toTask(b, c))).toBeUndefined()
  })

  test('is refused when one of its keys waits for the caller, though another can go on', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toKey(a))
    expect(cycleOf(a, 'a', toTask(c, b))).toEqual(['a', 'task', 'a'])
  })

  test('is refused when the caller’s own key is one of its keys', () => {
    const [a, b] = keys('a', 'b') as [TestKey, TestKey]
    expect(cycleOf(a, 'a', toTask(b, a))).toEqual(['a', 'task'])
  })

  test('is seen by other waits', () => {
    const [a, b, c] = keys('a', 'b', 'c') as [TestKey, TestKey, TestKey]
    b.waitFor(toTask(c, a))
    expect(cycleOf(a, 'a', toKey(b))).toEqual(['a', 'b', 'task'])
    expect(cycleOf(c, 'c', toLimit(limitOf(1, b)))).toEqual(['c', 'limit', 'task'])
    expect(neededBy([b])).toEqual(new Set([c, a]))
  })
})

test('the needs of keys are all that they wait for, directly or not', () => {
  const [a, b, c, d] = keys('a', 'b', 'c', 'd') as [TestKey, TestKey, TestKey, TestKey]
  a.waitFor(toLimit(limitOf(1, b)))
  b.waitFor(toKey(c))
  d.waitFor(toKey(a))
  expect(neededBy([a])).toEqual(new Set([b, c]))
})

test('when each key waits for one other, a wait is refused exactly if a path leads back', () => {
  const size = 6
  const edge = fc.tuple(fc.nat(size - 1), fc.nat(size - 1))
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 12 }), (edges) => {
      const all = keys(...Array.from({ length: size }, (_, at) => `k${at}`))
      const waitsFor = new Map<TestKey, TestKey>()
      const leadsBack = (from: TestKey, to: TestKey): boolean => {
        for (let at: TestKey | undefined = to; at !== undefined; at = waitsFor.get(at)) {
          if (at === from) return true
        }
        return false
      }
      for (const [one, other] of edges) {
        const [from, to] = [all[one] as TestKey, all[other] as TestKey]
        if (waitsFor.has(from)) continue
        // A request to the own key never gets here.
        const isClosed = from !== to && leadsBack(from, to)
        expect(cycleOf(from, from.name, toKey(to)) !== undefined).toBe(isClosed)
        if (from === to || isClosed) continue
        waitsFor.set(from, to)
        from.waitFor(toKey(to))
      }
    }),
  )
})
