/** The judge of a chaos run finds each fault in a history that has it. */
import { expect, test } from 'vitest'
import type { Entry } from '../../chaos/journal.ts'
import { type Books, judge } from '../../chaos/judge.ts'

/**
 * Turns as their handlers would have written them to the journal. By default `begin`, then `end`.
 */
class Story {
  readonly entries: Entry[] = []

  begin(id: string, key: string, { thread = 1, from = '' } = {}): this {
    const turn = { id, key, thread, from, agent: 'account', amount: 0, published: [] }
    this.entries.push({ at: 'begin', ...turn })
    return this
  }

  end(id: string, { amount = 0, published = [] as string[] } = {}): this {
    const begun = this.entries.findLast((entry) => entry.id === id && entry.at === 'begin') as Entry
    this.entries.push({ ...begun, at: 'end', amount, published })
    return this
  }

  failed(id: string): this {
    const begun = this.entries.findLast((entry) => entry.id === id) as Entry
    this.entries.push({ ...begun, at: 'failed' })
    return this
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry> {
    yield* this.entries
  }
}

/** Two payments from outside to a. The first one pays b. */
const sound = () =>
  new Story()
    .begin('m1', 'a')
    .end('m1', { amount: -5, published: ['m1.c'] })
    .begin('m2', 'a')
    .end('m2', { amount: -1 })
    .begin('m1.c', 'b', { from: 'a' })
    .end('m1.c', { amount: 5 })

const books = (change: Partial<Books> = {}): Books => ({
  accepted: ['m1', 'm2'],
  excused: new Set(),
  accounts: new Map([
    ['a', { balance: -6, turns: 2 }],
    ['b', { balance: 5, turns: 1 }],
  ]),
  ...change,
})

const SOUND = { lost: [], duplicated: [], reordered: [], overlapped: [] }

test('a sound history has nothing wrong', async () => {
  expect(await judge(sound(), books())).toMatchObject({ ...SOUND, steps: 3 })
})

test('a turn that a death cut short, and that ran again elsewhere, is not a fault', async () => {
  const story = new Story().begin('m1', 'a').begin('m1', 'a', { thread: 2 }).end('m1')
  const accounts = new Map([['a', { balance: 0, turns: 1 }]])
  expect(await judge(story, books({ accepted: ['m1'], accounts }))).toMatchObject(SOUND)
})

test('a turn that failed, and ran again in the same place, is not a fault', async () => {
  const story = new Story().begin('m1', 'a').failed('m1').begin('m1', 'a').end('m1')
  const accounts = new Map([['a', { balance: 0, turns: 1 }]])
  expect(await judge(story, books({ accepted: ['m1'], accounts }))).toMatchObject(SOUND)
})

test('a message from outside that was not handled is lost', async () => {
  const found = await judge(sound(), books({ accepted: ['m1', 'm2', 'm3'] }))
  expect(found.lost).toEqual(['m3'])
})

test('a message that a handled one published, and that was not handled, is lost', async () => {
  const story = new Story().begin('m1', 'a').end('m1', { published: ['m1.c', 'm1.0'] })
  const found = await judge(story, books({ accepted: ['m1'] }))
  expect(found.lost).toEqual(['m1.c', 'm1.0'])
})

test('what was cancelled, and what it published, need not have been handled', async () => {
  const story = new Story().begin('m1', 'a').end('m1', { published: ['m1.c'] })
  const excused = new Set(['m1'])
  const accounts = new Map([['a', { balance: 0, turns: 0 }]])
  const found = await judge(story, books({ accepted: ['m1'], excused, accounts }))
  expect(found).toMatchObject(SOUND)
})

test.each([
  ['one turn too many', { balance: -6, turns: 3 }],
  ['one turn too few', { balance: -6, turns: 1 }],
  ['other money', { balance: -11, turns: 2 }],
])('an account that shows %s is reported', async (_, state) => {
  const accounts = new Map([...books().accounts, ['a', state]])
  expect((await judge(sound(), books({ accounts }))).duplicated).toEqual(['a'])
})

test('an account whose state is gone is reported', async () => {
  expect((await judge(sound(), books({ accounts: new Map() }))).duplicated).toEqual(['a', 'b'])
})

test('messages from outside that one key handled in another order are reported', async () => {
  const story = new Story().begin('m2', 'a').end('m2').begin('m1', 'a').end('m1')
  expect((await judge(story, books())).reordered).toEqual(['m1'])
})

test('messages from one key to another in another order are reported, and a message’s last run counts', async () => {
  const story = new Story()
    .begin('m1', 'a')
    .end('m1', { published: ['m1.0', 'm1.1'] })
    .begin('m1.0', 'b', { from: 'a' })
    .end('m1.0')
    .begin('m1.1', 'b', { from: 'a' })
    .end('m1.1')
    .begin('m1.0', 'b', { from: 'a', thread: 2 })
    .end('m1.0')
  expect((await judge(story, books({ accepted: ['m1'] }))).reordered).toEqual(['m1.0'])
})

test('two turns of a key at once on a thread are reported', async () => {
  const story = new Story().begin('m1', 'a').begin('m2', 'a').end('m1').end('m2')
  expect((await judge(story, books())).overlapped).toContain('m2')
})

test('a turn that goes on after another thread has its key is reported', async () => {
  const story = new Story().begin('m1', 'a').begin('m2', 'a', { thread: 2 }).end('m1').end('m2')
  expect((await judge(story, books())).overlapped).toContain('m1')
})
