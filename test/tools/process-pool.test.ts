import { expect, test } from 'vitest'
import { choosePool } from '../../src/tools/pool-choice.ts'
import { holdProcessPool, processPool } from '../../src/tools/process-pool.ts'
import { EMPTY } from '../fixtures/tools/pool-rig.ts'
import { add, wait } from '../fixtures/tools/steady.tools.ts'

test('the pool ends when the last one lets go of it and no call is left, and a later call has a new one', async () => {
  choosePool({ threads: 1, graceMs: 60_000 }, undefined)
  const releases = [holdProcessPool(), holdProcessPool()]
  const first = processPool()
  const ending = new AbortController()
  const begun = Promise.withResolvers<unknown>()
  const waiting = wait.run({}, { signal: ending.signal, onProgress: begun.resolve })
  waiting.catch(() => {})
  await begun.promise
  const beside = add.run({ a: 1 })
  while (first.stats.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(first.stats).toMatchObject({ threads: 1, running: 1 })
  void releases[0]?.()
  void releases[0]?.()
  ending.abort('enough')
  await expect(beside).resolves.toBe(2)
  expect(processPool()).toBe(first) // the other one holds it
  const last = add.run({ a: 4 })
  while (first.stats.running === 0) await new Promise((resolve) => setImmediate(resolve))
  void releases[1]?.()
  expect(processPool()).toBe(first) // its call goes on
  await expect(last).resolves.toBe(5)
  expect(processPool()).not.toBe(first)
  expect(first.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
  await expect(add.run({ a: 2 })).resolves.toBe(3)
  const again = holdProcessPool()
  await again()
})
