/**
 * Finds out what really happened from what handlers wrote. For each message, the last run of its
 * handler counts, since earlier runs were cut short, or died with their lane before their results
 * were posted.
 */
import type { Entry } from './journal.ts'

/** What the bank itself knows about a run. */
export interface Books {
  /** Numbers of the messages that were accepted from outside, in the order of publishing. */
  readonly accepted: readonly string[]
  /**
   * Those of them that were cancelled or meant to fail. They need not have been handled, and
   * neither need what they published.
   */
  readonly excused: ReadonlySet<string>
  /** The committed state of each account at the end. */
  readonly accounts: ReadonlyMap<string, { readonly balance: number; readonly turns: number }>
}

/** Message numbers or account keys, by what is wrong with them. */
export interface Verdict {
  readonly lost: readonly string[]
  /**
   * Accounts whose state shows more turns or other money than what was handled: an effect came
   * twice, or not at all.
   */
  readonly duplicated: readonly string[]
  readonly reordered: readonly string[]
  readonly overlapped: readonly string[]
  /** Turns that began. */
  readonly steps: number
}

interface Run {
  readonly begun: number
  readonly end: Entry
}

export async function judge(entries: AsyncIterable<Entry>, books: Books): Promise<Verdict> {
  const open = new Map<string, { readonly entry: Entry; readonly at: number }>()
  /** The last complete run of each message. */
  const runs = new Map<string, Run>()
  const overlapped: string[] = []
  const latest = new Map<string, { id: string; thread: number; ended: boolean }>()
  let steps = 0
  let at = 0
  for await (const entry of entries) {
    at++
    const { id, key, thread } = entry
    const before = latest.get(key)
    if (entry.at === 'begin') {
      steps++
      // A turn that has not ended is over if its thread is: then another thread has the key.
      if (before !== undefined && !before.ended && before.thread === thread) overlapped.push(id)
      open.set(id, { entry, at })
      latest.set(key, { id, thread, ended: false })
      continue
    }
    // A turn that ends on a thread that has lost the key: both ran at once.
    if (before?.id !== id || before.thread !== thread) overlapped.push(id)
    else before.ended = true
    if (entry.at === 'failed') continue
    runs.set(id, { begun: open.get(id)?.at ?? at, end: entry })
  }
  const due = dueOf(runs, books)
  return {
    lost: [...due].filter((id) => !runs.has(id)),
    duplicated: wrongAccounts(runs, books),
    reordered: reorderedIn(runs, books),
    overlapped,
    steps,
  }
}

/** Every message that must have been handled: from outside, or published by a handled message. */
function dueOf(runs: ReadonlyMap<string, Run>, { accepted, excused }: Books): Set<string> {
  const due = new Set(accepted.filter((id) => !excused.has(id)))
  for (const id of due) for (const child of runs.get(id)?.end.published ?? []) due.add(child)
  return due
}

/** Accounts whose state is not the sum of the handled turns, each counted once. */
function wrongAccounts(runs: ReadonlyMap<string, Run>, { accounts, excused }: Books): string[] {
  const expected = new Map<string, { balance: number; turns: number }>()
  const uncertain = new Set<string>()
  for (const [id, { end }] of runs) {
    if (end.agent !== 'account') continue
    if (isExcused(id, excused)) uncertain.add(end.key)
    const sum = expected.get(end.key) ?? { balance: 0, turns: 0 }
    sum.balance += end.amount
    sum.turns++
    expected.set(end.key, sum)
  }
  return [...new Set([...accounts.keys(), ...expected.keys()])].filter((key) => {
    const { balance, turns } = expected.get(key) ?? { balance: 0, turns: 0 }
    const state = accounts.get(key) ?? { balance: 0, turns: 0 }
    // If a message was cancelled, its handler may have finished in vain; but nothing counts twice.
    if (uncertain.has(key)) return state.turns > turns
    return state.balance !== balance || state.turns !== turns
  })
}

/** Messages from one sender that one key handled in another order than the sending order. */
function reorderedIn(runs: ReadonlyMap<string, Run>, { accepted }: Books): string[] {
  const inOrder = [...runs].sort(([, one], [, other]) => one.begun - other.begun)
  const sent = new Map(accepted.map((id, place) => [id, place]))
  let place = accepted.length
  for (const [, { end }] of inOrder) for (const child of end.published) sent.set(child, place++)
  const last = new Map<string, number>()
  const reordered: string[] = []
  for (const [id, { end }] of inOrder) {
    const own = sent.get(id)
    if (own === undefined) continue // a request
    const way = `${end.from}\0${end.key}`
    if (own < (last.get(way) ?? -1)) reordered.push(id)
    last.set(way, own)
  }
  return reordered
}

function isExcused(id: string, excused: ReadonlySet<string>): boolean {
  return excused.has(id.split('.', 1)[0] as string)
}
