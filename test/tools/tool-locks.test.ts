import { expect, test } from 'vitest'
import type { PartLock, PartTurn } from '../../src/tools/main-part.ts'
import { type Hold, ToolLocks } from '../../src/tools/tool-locks.ts'
import type { ToolMode } from '../../src/tools/tool-options.ts'
import { EMPTY, poolRig } from '../fixtures/tools/pool-rig.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

/** Calls that ask for locks; `log` has those that got them, in order. */
function desk() {
  const locks = new ToolLocks()
  const log: string[] = []
  const holds = new Map<string, Hold>()
  const waits = new Map<string, () => readonly string[]>()
  const ask = (
    callId: string,
    mode: ToolMode | undefined,
    key = 'k',
    atMost?: number,
    tool = 't',
  ) => {
    const lock = mode && { key, mode }
    const about = { callId, agent: 'a', idempotencyKey: callId }
    const hold = locks.ask(
      { tool, name: tool, lock, atMost, ...about },
      { granted: () => log.push(callId), turn: turnOf(callId, waits) },
    )
    holds.set(callId, hold)
  }
  const release = (callId: string) => holds.get(callId)?.release()
  return { locks, log, ask, release, waits }
}

/** A turn that notes by whom what it waits for is held. */
function turnOf(by: string, waits: Map<string, () => readonly string[]>): PartTurn {
  return {
    by,
    delivery: {},
    hold: () => {},
    await: (lock) => {
      waits.set(by, () => lock.heldBy)
      return () => waits.delete(by)
    },
  }
}

test('serial calls of a key run one after another, in order, and beside parallel ones', () => {
  const { locks, log, ask, release, waits } = desk()
  ask('s1', 'serial')
  ask('s2', 'serial')
  ask('p', 'parallel')
  ask('s3', 'serial')
  ask('other', 'serial', 'another key')
  expect(log).toEqual(['s1', 'p', 'other'])
  expect([...waits.keys()]).toEqual(['s2', 's3'])
  expect(waits.get('s3')?.()).toEqual(['s1'])
  release('s1')
  expect(log).toEqual(['s1', 'p', 'other', 's2'])
  expect([...waits.keys()]).toEqual(['s3'])
  expect(waits.get('s3')?.()).toEqual(['s2'])
  for (const one of ['s2', 's3', 'p', 'other']) release(one)
  expect(log.at(-1)).toBe('s3')
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('an exclusive call runs alone on its key, and later ones do not overtake it', () => {
  const { log, ask, release, waits } = desk()
  ask('p1', 'parallel')
  ask('x', 'exclusive')
  ask('p2', 'parallel')
  ask('s', 'serial')
  ask('free', undefined)
  expect(log).toEqual(['p1', 'free'])
  expect(waits.get('x')?.()).toEqual(['p1'])
  expect(waits.get('p2')?.()).toEqual(['p1']) // x waits for it
  release('p1')
  expect(log).toEqual(['p1', 'free', 'x'])
  release('x')
  expect(log).toEqual(['p1', 'free', 'x', 'p2', 's'])
})

test('an exclusive call that gives up lets the others go on', () => {
  const { locks, log, ask, release } = desk()
  ask('p1', 'parallel')
  ask('x', 'exclusive')
  ask('p2', 'parallel')
  release('x')
  expect(log).toEqual(['p1', 'p2'])
  release('x')
  release('p1')
  release('p2')
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('so many calls of a tool run at once, and a call that waits for its key takes no place', () => {
  const { locks, log, ask, release, waits } = desk()
  ask('holder', 'serial', 'k', 2)
  ask('second', 'serial', 'k', 2)
  ask('third', 'serial', 'other', 2)
  ask('fourth', 'serial', 'more', 2)
  ask('alien', 'serial', 'alien', 1, 'another tool')
  expect(log).toEqual(['holder', 'third', 'alien'])
  expect(waits.get('fourth')?.()).toEqual(['holder', 'third'])
  release('third')
  expect(log.at(-1)).toBe('fourth')
  release('holder')
  expect(log.at(-1)).toBe('second')
  for (const one of ['second', 'fourth', 'alien']) release(one)
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('only calls of other turns without a limit of time can keep a lock for ever', () => {
  const locks = new ToolLocks()
  const about = { tool: 't', name: 't', callId: '', agent: '', idempotencyKey: '' }
  const ask = (mode: ToolMode, atMost?: number) => {
    return { ...about, lock: { key: 'k', mode }, atMost }
  }
  const granted = () => {}
  const seen: (readonly [boolean, string[], readonly string[]])[] = []
  const turn = (by: string, delivery: object = {}): PartTurn => {
    const wait = (lock: PartLock) => {
      seen.push([lock.hasRoom, lock.turns().map((one) => one.by), lock.heldBy])
      return () => {}
    }
    return { by, delivery, hold: () => {}, await: wait }
  }
  const own = {}
  const holds = [
    locks.ask(ask('parallel'), { granted, turn: turn('timed'), isTimed: true }),
    locks.ask(ask('parallel'), { granted, turn: turn('own', own) }),
    locks.ask(ask('parallel'), { granted }),
  ]
  const outside = 'a caller outside of any turn'
  locks.ask(ask('exclusive'), { granted, turn: turn('own', own) }).release()
  expect(seen.pop()).toEqual([true, [], ['timed', 'own', outside]])
  holds.push(locks.ask(ask('parallel'), { granted, turn: turn('other') }))
  locks.ask(ask('exclusive'), { granted, turn: turn('own', own) }).release()
  expect(seen.pop()).toEqual([false, ['other'], ['timed', 'own', outside, 'other']])
  for (const hold of holds) hold.release()
  const one = locks.ask(ask('parallel', 1), { granted, turn: turn('other') })
  locks.ask(ask('parallel', 1), { granted, turn: turn('own', own) }).release()
  expect(seen.pop()).toEqual([false, ['other'], ['other']])
  one.release()
})

test('a call that its turn refuses to let wait is out of the way, and gives back what it has', () => {
  const { locks, log, ask, release } = desk()
  const refuse = (callId: string, mode: ToolMode, atMost?: number) => {
    const wait = (lock: PartLock) => {
      if (lock.needsAll && atMost !== undefined) return () => {}
      throw new Error('no')
    }
    const about = { callId, agent: '', idempotencyKey: callId, tool: 't', name: 't' }
    const turn = { by: callId, delivery: {}, hold: () => {}, await: wait }
    const refused = (error: unknown) => log.push(`${callId}: ${error}`)
    const granted = () => log.push(callId)
    locks.ask({ ...about, lock: { key: 'k', mode }, atMost }, { granted, refused, turn })
  }
  ask('p1', 'parallel')
  refuse('x', 'exclusive')
  ask('p2', 'parallel')
  expect(log).toEqual(['p1', 'x: Error: no', 'p2'])
  ask('full', undefined, '', 1)
  ask('s1', 'serial')
  refuse('s2', 'serial', 1) // waits for its key, and is refused the wait for a place
  ask('s3', 'serial')
  release('s1')
  expect(log.slice(3)).toEqual(['full', 's1', 's3', 's2: Error: no'])
  for (const one of ['p1', 'p2', 'full', 's3']) release(one)
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('a thousand calls that wait for one key cost little', () => {
  const { locks, log, ask, release } = desk()
  for (let at = 0; at < 1_000; at++) ask(`${at}`, 'serial')
  for (let at = 0; at < 1_000; at++) release(`${at}`)
  expect(log).toEqual(Array.from({ length: 1_000 }, (_, at) => `${at}`))
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('callers of a pool hold their key until their tool has let go, not until they give up', async () => {
  const { pool, locks, start } = poolRig({ graceMs: 60_000 })
  const one = start(tools.keyedSerial, { key: 'a' })
  await one.begun
  const two = start(tools.keyedSerial, { key: 'a' })
  const beside = start(tools.keyedSerial, { key: 'b' })
  await beside.begun
  expect(two.shown).toEqual([])
  one.abort('gone')
  await expect(one.result).rejects.toBe('gone')
  expect(locks.stats).toEqual({ held: 2, waiting: 1 })
  await one.letGo
  await two.begun
  two.abort()
  beside.abort()
  await Promise.all([two.letGo, beside.letGo])
  expect(pool.stats).toMatchObject(EMPTY)
})

test('a key is held until the thread of a deaf tool has ended', async () => {
  const threads: number[] = []
  class Watched extends ToolLocks {
    override ask: ToolLocks['ask'] = (ask, { granted }) => {
      const told = () => {
        threads.push(pool.stats.threads)
        granted()
      }
      return super.ask(ask, { granted: told })
    }
  }
  const locks = new Watched()
  const { pool, start } = poolRig({ graceMs: 1, locks })
  const lock = { key: 'a', mode: 'exclusive' } as const
  const one = start(tools.deaf, {}, { lock })
  await one.begun
  const two = start(tools.add, { a: 1 }, { lock })
  one.abort('gone')
  await expect(one.result).rejects.toBe('gone')
  expect(locks.stats).toEqual({ held: 1, waiting: 1 })
  await expect(two.result).resolves.toBe(2)
  await two.letGo
  expect(threads).toEqual([0, 0])
  expect(locks.stats).toEqual({ held: 0, waiting: 0 })
})

test('an exclusive call waits for all of its key, of whatever tool', async () => {
  const { start } = poolRig()
  const reader = start(tools.keyedParallel, { key: 'a' })
  await reader.begun
  const writer = start(tools.keyedExclusive, { key: 'a' })
  const later = start(tools.keyedParallel, { key: 'a' })
  const other = start(tools.keyedExclusive, { key: 'b' })
  await other.begun
  expect([writer.shown, later.shown]).toEqual([[], []])
  reader.abort()
  await writer.begun
  expect(later.shown).toEqual([])
  writer.abort()
  await later.begun
  later.abort()
  other.abort()
  await Promise.all([reader, writer, later, other].map(({ letGo }) => letGo))
})

test('a call that is aborted while it waits for its key never runs, and leaves nothing', async () => {
  const { pool, start } = poolRig()
  const one = start(tools.keyedSerial, { key: 'a' })
  await one.begun
  const two = start(tools.keyedSerial, { key: 'a' })
  expect(pool.stats).toMatchObject({ waiting: 1, locks: { held: 1, waiting: 1 } })
  two.abort('no longer')
  await expect(two.result).rejects.toBe('no longer')
  expect(pool.stats).toMatchObject({ waiting: 0, waitingBytes: 0, locks: { held: 1, waiting: 0 } })
  one.abort()
  await one.letGo
  expect(pool.stats).toMatchObject(EMPTY)
  expect(two.shown).toEqual([])
})

test('calls that wait for a lock keep no thread from others', async () => {
  const { start } = poolRig({ threads: 2 })
  const one = start(tools.few)
  const two = start(tools.keyedSerial, { key: 'a' })
  await Promise.all([one.begun, two.begun])
  const waiting = [1, 2, 3].map(() => start(tools.keyedSerial, { key: 'a' }))
  one.abort()
  await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
  for (const run of [two, ...waiting]) run.abort()
  await Promise.all([one, two, ...waiting].map(({ letGo }) => letGo))
})
