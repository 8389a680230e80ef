import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { type DeadLetter, DeadLetters } from '../../../src/router/reports/dead-letters.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'

/** A box of dead letters, and the messages that it replayed. */
function boxOf(max: number, keep: 'newest' | 'oldest' = 'newest') {
  const again: string[] = []
  let refusal: Error | undefined
  const box = new DeadLetters({ max, keep }, (delivery) => {
    if (refusal !== undefined) throw refusal
    again.push(delivery.message)
    return undefined
  })
  const add = (message: string, about: Partial<DeadLetter> = {}) => {
    const letter = { message, reason: { kind: 'stopped' }, ...about } as Omit<DeadLetter, 'id'>
    return box.add({ message } as Delivery, letter)
  }
  const messages = () => box.list().map(({ message }) => message)
  const refuse = (error: Error | undefined) => {
    refusal = error
  }
  return { box, again, add, messages, refuse }
}

describe('the box of dead letters', () => {
  test('keeps the newest, oldest first, and counts those that it dropped', () => {
    const { box, add, messages } = boxOf(3)
    for (const message of ['1', '2', '3', '4', '5']) add(message)
    expect(messages()).toEqual(['3', '4', '5'])
    expect([box.size, box.forgotten]).toEqual([3, 2])
  })

  test('keeps the oldest, if its option says so', () => {
    const { box, add, messages } = boxOf(2, 'oldest')
    for (const message of ['1', '2', '3']) add(message)
    expect(messages()).toEqual(['1', '2'])
    expect(box.forgotten).toBe(1)
  })

  test('returns a list that does not change later', () => {
    const { box, add } = boxOf(3)
    add('1')
    const list = box.list()
    add('2')
    expect(list).toHaveLength(1)
  })

  test('finds letters by each field of a filter, and by a function', () => {
    const { box, add } = boxOf(9)
    add('a', { recipient: 'desk/1', topic: 'notes/1' })
    add('b', { recipient: 'desk/2', reason: { kind: 'expired', ttlMs: 5 } })
    const last = add('b', { recipient: 'desktop/1' })
    const found = (...args: Parameters<typeof box.list>) => box.list(...args).map(({ id }) => id)
    expect(found({ recipient: 'desk' })).toEqual([1, 2])
    expect(found({ recipient: 'desk/2' })).toEqual([2])
    expect(found({ message: 'b', reason: 'expired' })).toEqual([2])
    expect(found({ topic: 'notes' })).toEqual([1])
    expect(found({ id: last.id })).toEqual([3])
    expect(found(({ message }) => message === 'b')).toEqual([2, 3])
  })

  test('refuses a wrong filter, before any letter is discarded or replayed', async () => {
    const { box, add, messages } = boxOf(9)
    for (const message of ['a', 'b']) add(message)
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    for (const filter of [
      async () => false,
      undefined,
      'a',
      ['a'],
      new Set([1]),
      new Map([['message', 'a']]),
      Promise.resolve({ message: 'a' }),
      revoked.proxy,
      { id: '1' },
      { id: 'all' },
      { reason: 'fail' },
      { reason: { toString: () => 'failed' } },
      { recipient: { type: 'desk', key: '1' } },
      { message: ['a'] },
      { mesage: 'a' },
    ]) {
      await expectRefusal(() => box.discard(filter as never), 'HEDDLE_INVALID_OPTION', 'filter')
      await expectRefusal(() => box.replay(filter as never), 'HEDDLE_INVALID_OPTION', 'filter')
      if (filter !== undefined) {
        await expectRefusal(() => box.list(filter as never), 'HEDDLE_INVALID_OPTION', 'filter')
      }
    }
    expect(messages()).toEqual(['a', 'b'])
  })

  test('rethrows the error of a filter, before any letter is discarded', () => {
    const { box, add, messages } = boxOf(9)
    for (const message of ['a', 'b']) add(message)
    const filter = ({ message }: DeadLetter) => {
      if (message === 'b') throw new Error('no')
      return true
    }
    expect(() => box.discard(filter)).toThrow('no')
    expect(messages()).toEqual(['a', 'b'])
  })

  test('discards what the filter matches, and no more', () => {
    const { box, add, messages } = boxOf(9)
    for (const message of ['a', 'b', 'a']) add(message)
    expect(box.discard({ message: 'a' })).toBe(2)
    expect(messages()).toEqual(['b'])
  })

  test('replays what the filter matches, in order, and no longer keeps it', async () => {
    const { box, again, add, messages } = boxOf(9)
    for (const message of ['a', 'b', 'c']) add(message)
    expect(await box.replay(({ message }) => message !== 'b')).toBe(2)
    expect(again).toEqual(['a', 'c'])
    expect(messages()).toEqual(['b'])
  })

  test('keeps what could not be accepted again', async () => {
    const { box, add, messages, refuse } = boxOf(9)
    add('a')
    refuse(new Error('full'))
    await expect(box.replay({})).rejects.toThrow('full')
    expect(messages()).toEqual(['a'])
  })

  test('calls each watcher with each new letter, until the watcher is removed', () => {
    const { box, add } = boxOf(9)
    const seen: string[] = []
    const stop = box.watch(({ message }) => seen.push(message))
    add('a')
    stop()
    add('b')
    expect(seen).toEqual(['a'])
  })
})
