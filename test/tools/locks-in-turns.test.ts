/** Turns that wait for the locks of tools are in the graph of waits (D9). */
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { StalledKey } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { processLocks } from '../../src/tools/tool-locks.ts'
import { KINDS, type Kind } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Lock, locking } from '../fixtures/tools/locking.agent.ts'

const simulated: Kind['start'] = async (options = {}) => {
  const { runtime } = await startSimulated({ ...options, seed: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}
const ALL = [...KINDS, { name: 'simulated lanes', start: simulated }]

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
const waiting = () => processLocks.stats.waiting

async function withGates(start: Kind['start'], options: object = {}) {
  const { agent, entered, open } = gates()
  const runtime = await start({ agents: [locking, agent], lanes: 2, ...options })
  const lock = (key: string, how: Parameters<typeof Lock>[0] = {}) => {
    const asked = runtime.send(Lock(how), `locking/${key}`)
    asked.catch(() => {})
    return asked
  }
  return { runtime, lock, entered, open }
}

/** What a call was refused with: the first cause of its error. */
async function refusalOf(asked: Promise<unknown>) {
  let error = await asked.then(
    (value) => expect.unreachable(`it was answered: ${value}`),
    (thrown: unknown) => thrown as { cause?: unknown },
  )
  while (error.cause !== undefined) error = error.cause as { cause?: unknown }
  return error
}

// before any runtime is stopped
afterEach(() => until(() => processLocks.stats.held + waiting() === 0))

describe.each(ALL)('on $name', ({ start }) => {
  test.each([
    ['serial', 'serial', "the tool 'serial' (key 'k')"],
    ['parallel', 'exclusive', "the tool 'exclusive' (key 'k')"],
    ['one', 'one', "the tool 'one' (at most 1 at once)"],
  ] as const)(
    'a call is refused if its lock is held by a turn that waits for it: %s, %s',
    async (tool, by, name) => {
      const { lock } = await withGates(start)
      const refused = lock('a', { tool, by, asks: 'locking/b' })
      expect(await refusalOf(refused)).toMatchObject({
        code: 'HEDDLE_REQUEST_CYCLE',
        fields: { cycle: ['locking/b', name, 'locking/b'] },
      })
    },
  )

  test('a request is refused to a turn that waits for the lock of the one that asks', async () => {
    const { lock, entered, open } = await withGates(start)
    const first = lock('a', { gate: 'a', asks: 'locking/b' })
    await entered('a')
    const second = lock('b')
    await until(() => waiting() === 1)
    open('a')
    expect(await refusalOf(first)).toMatchObject({
      code: 'HEDDLE_REQUEST_CYCLE',
      fields: { cycle: ['locking/a', 'locking/b', "the tool 'serial' (key 'k')"] },
    })
    expect(await second).toBe('had it')
  })

  test('a call that needs all holders gone is refused for one of them, and not for one of many places', async () => {
    const { lock, entered, open } = await withGates(start)
    const free = lock('c', { tool: 'parallel', gate: 'c' })
    await entered('c')
    const refused = lock('a', { tool: 'parallel', asks: 'locking/b', by: 'exclusive' })
    expect(await refusalOf(refused)).toMatchObject({ code: 'HEDDLE_REQUEST_CYCLE' })
    open('c')
    expect(await free).toBe('had it')
    const other = lock('d', { tool: 'two', gate: 'd' })
    await entered('d')
    const waits = lock('a', { tool: 'two', asks: 'locking/b', by: 'two' })
    await until(() => waiting() === 1)
    open('d')
    expect(await Promise.all([other, waits])).toEqual(['had it', 'had it'])
  })

  test('calls of one turn wait for each other, and none is refused', async () => {
    const { lock } = await withGates(start)
    expect(await lock('a', { times: 3 })).toBe('had it,had it,had it')
    expect(await lock('a', { times: 3, tool: 'exclusive' })).toBe('had it,had it,had it')
    expect(await lock('a', { times: 3, tool: 'one' })).toBe('had it,had it,had it')
  })

  test('a turn gives its lock back before the next one of its key asks for it', async () => {
    const { lock } = await withGates(start)
    const turns = Array.from({ length: 40 }, () => lock('a', { tool: 'exclusive' }))
    expect(new Set(await Promise.all(turns))).toEqual(new Set(['had it']))
  })

  test('a key that waits for a lock is reported with those that hold it, and they are not', async () => {
    const { runtime, lock, entered, open } = await withGates(start, { stallMs: 100 })
    const found = new Map<string, StalledKey>()
    const { promise: stalled, resolve } = Promise.withResolvers<void>()
    runtime.inspect((record) => {
      if (record.kind !== 'stalled') return
      for (const key of record.keys) found.set(key.agent, key)
      if (found.has('locking/a') && found.has('locking/b')) resolve()
    })
    const first = lock('a', { gate: 'a' })
    await entered('a')
    const second = lock('b')
    await stalled
    const name = "the tool 'serial' (key 'k')"
    expect(found.get('locking/b')?.waitsFor).toEqual([
      { kind: 'lock', lock: name, heldBy: ['locking/a'], sinceMs: expect.any(Number) },
    ])
    expect(found.get('locking/a')?.waitsFor).toMatchObject([{ kind: 'reply', from: 'gate/a' }])
    open('a')
    expect(await Promise.all([first, second])).toEqual(['had it', 'had it'])
  })

  test('a turn that is cancelled while it waits for a lock leaves no wait', async () => {
    const { runtime, lock, entered, open } = await withGates(start)
    const first = lock('a', { gate: 'a', asks: 'locking/b' })
    await entered('a')
    const ending = new AbortController()
    const asked = runtime.send(Lock({}), 'locking/b', { signal: ending.signal })
    asked.catch(() => {})
    await until(() => waiting() === 1)
    ending.abort()
    await expect(asked).rejects.toMatchObject({ code: 'HEDDLE_CANCELLED' })
    await until(() => waiting() === 0)
    const other = lock('b', { key: 'another' })
    expect(await other).toBe('had it')
    open('a')
    // b waits for nothing any more; it is refused when it asks for the lock again
    expect(await refusalOf(first)).toMatchObject({
      fields: { cycle: ['locking/b', "the tool 'serial' (key 'k')", 'locking/b'] },
    })
  })
})

// Not on simulated lanes, whose time does not wait for the pool's threads.
describe.each(KINDS)('on $name', ({ start }) => {
  test('a wait for a call of the pool, which ends by itself, is not refused', async () => {
    const { lock, open } = await withGates(start)
    const first = lock('a', { inPool: true, asks: 'locking/b' })
    await until(() => waiting() === 1)
    open('pool')
    expect(await first).toBe('had it')
  })
})
