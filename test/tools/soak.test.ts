/** Many callers, who give up at any time, and tools that die: nothing is left behind. */
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { Random } from '../../src/testing/random.ts'
import { checkArguments, plainInfo, poolCallOf } from '../../src/tools/module-call.ts'
import { definitionOf, type ToolDefinition } from '../../src/tools/tool-definition.ts'
import { EMPTY, poolRig } from '../fixtures/tools/pool-rig.ts'
import { chance } from '../fixtures/tools/steady.tools.ts'

const CALLERS = 20
const CALLS = 50

test('a thousand calls of twenty callers leave no thread, no lock, no place and no listener', async () => {
  const { pool } = poolRig({ threads: 4, graceMs: 50, queue: { calls: 8, bytes: 9_999 } })
  const random = new Random(Number(process.env.HEDDLE_SEED ?? 20_261_130))
  const definition = definitionOf(chance) as ToolDefinition
  const signals: AbortSignal[] = []
  const ends: Record<string, number> = {}
  const letGo: Promise<void>[] = []

  const callOnce = async () => {
    const draw = random.below(50)
    const does = draw === 0 ? 'die' : random.of(['end', 'end', 'end', 'throw', 'wait'])
    const args = checkArguments(definition, { does, key: `k${random.below(6)}` })
    const ending = new AbortController()
    signals.push(ending.signal)
    const whenFull = random.below(4) === 0 ? 'refuse' : 'wait'
    const steps = does === 'wait' || random.below(4) === 0 ? random.below(60) : undefined
    const run = pool.start(poolCallOf(definition, args, plainInfo()), {
      ...{ signal: ending.signal, onProgress: () => {}, whenFull },
    })
    letGo.push(run.letGo)
    if (steps !== undefined) void after(steps).then(() => ending.abort('given up'))
    const end = await run.result.then(
      () => 'done',
      (error) => error?.code ?? (error === 'given up' ? 'given up' : 'thrown'),
    )
    ends[end] = (ends[end] ?? 0) + 1
  }
  const caller = async () => {
    for (let at = 0; at < CALLS; at++) await callOnce()
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  await Promise.all(letGo)

  const kinds = ['done', 'given up', 'thrown', 'HEDDLE_TOOL_DIED', 'HEDDLE_TOOL_POOL_FULL']
  expect(Object.keys(ends).toSorted()).toEqual(kinds.toSorted())
  expect(Object.values(ends).reduce((sum, one) => sum + one)).toBe(CALLERS * CALLS)
  expect(pool.stats).toMatchObject(EMPTY)
  expect(signals.filter((signal) => getEventListeners(signal, 'abort').length > 0)).toEqual([])
  expect(pool.stats.threads).toBe(pool.stats.idle)
  await pool.stop()
  expect(pool.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
})

/** So many turns of the event loop later. */
async function after(steps: number): Promise<void> {
  for (let at = 0; at < steps; at++) await new Promise((resolve) => setImmediate(resolve))
}
