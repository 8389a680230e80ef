/**
 * The pool of the process belongs to the runtimes that run: it has their options, and their end.
 */
import { once } from 'node:events'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { processPool } from '../../src/tools/process-pool.ts'
import { toolUsing, UseTool } from '../fixtures/tools/tool-using.agent.ts'

const agents = [toolUsing]
const report = 'off'
const running: Runtime[] = []
afterEach(async () => {
  for (const runtime of running.splice(0)) await runtime.stop({ deadlineMs: 0 })
})

const KINDS = [
  ['one thread', SingleThreadedRuntime.start],
  ['lanes', (options: object) => ThreadedRuntime.start({ lanes: 1, ...options })],
] as const

async function started(start: (options: object) => Promise<Runtime>, options: object = {}) {
  const runtime = await start({ agents, report, ...options })
  running.push(runtime)
  return runtime
}

describe.each(KINDS)('on %s', (_, start) => {
  test('a stop ends the pool, and the next runtime has one with its own options', async () => {
    const first = await started(start, { toolPool: { threads: 1 } })
    await first.send(UseTool({ tool: 'add', args: { a: 1 } }), 'tool-using/k')
    const pool = processPool()
    expect(pool.stats).toMatchObject({ threads: 1 })
    await first.stop()
    expect(pool.stats).toMatchObject({ threads: 0, running: 0, waiting: 0 })
    const second = await started(start)
    await second.send(UseTool({ tool: 'add', args: { a: 1 } }), 'tool-using/k')
    expect(processPool()).not.toBe(pool)
  })

  test('a stop ends a tool that never would', async () => {
    const runtime = await started(start, { toolPool: { threads: 1, graceMs: 1 } })
    const asked = runtime.send(UseTool({ tool: 'hang', args: {} }), 'tool-using/k')
    asked.catch(() => {})
    const pool = processPool()
    while (pool.stats.running === 0) await new Promise((resolve) => setImmediate(resolve))
    await runtime.stop({ deadlineMs: 0 })
    await expect(asked).rejects.toMatchObject({ code: 'HEDDLE_STOPPED' })
    expect(pool.stats).toMatchObject({ threads: 0, running: 0 })
  })

  test('the pool is there until the last runtime has stopped', async () => {
    const [first, second] = [await started(start), await started(start)]
    const use = (runtime: Runtime) => {
      return runtime.send(UseTool({ tool: 'add', args: { a: 1 } }), 'tool-using/k')
    }
    await use(first)
    const pool = processPool()
    await first.stop()
    await use(second)
    expect(processPool()).toBe(pool)
    await second.stop()
    expect(pool.stats.threads).toBe(0)
  })

  test('options are checked, and a second runtime takes those of the first or none', async () => {
    const wrong = started(start, { toolPool: { threads: 0 } })
    await expect(wrong).rejects.toMatchObject({ code: 'HEDDLE_INVALID_OPTION' })
    await started(start, { toolPool: { threads: 1 } })
    await started(start, { toolPool: { threads: 1 } })
    await started(start)
    const other = started(start, { toolPool: { threads: 2 } })
    await expect(other).rejects.toMatchObject({
      code: 'HEDDLE_INVALID_OPTION',
      fields: { option: 'toolPool' },
    })
  })
})

test('a runtime whose tools do not get its environment says so, or is refused', async () => {
  const first = await ThreadedRuntime.start({ agents, report, lanes: 1, laneEnv: { A: '1' } })
  onTestFinished(async () => void (await first.stop()))
  const warned = once(process, 'warning')
  const second = await ThreadedRuntime.start({ agents, report, lanes: 1, laneEnv: {} })
  onTestFinished(async () => void (await second.stop()))
  expect(await warned).toMatchObject([{ code: 'HEDDLE_TOOL_ENV' }])
  const third = ThreadedRuntime.start({ agents, report, lanes: 1, toolPool: {}, laneEnv: {} })
  await expect(third).rejects.toMatchObject({
    code: 'HEDDLE_INVALID_OPTION',
    fields: { option: 'laneEnv' },
  })
})

test('threads of tools get the environment of lanes, unless the pool has its own', async () => {
  const environmentOf = async (options: object) => {
    const runtime = await ThreadedRuntime.start({ agents, report, lanes: 1, ...options })
    const asked = runtime.send(
      UseTool({ tool: 'environment', args: { name: 'PLACE' } }),
      'tool-using/k',
    )
    const { value } = await asked.finally(() => runtime.stop())
    return value
  }
  const laneEnv = { PLACE: 'lane' }
  expect(await environmentOf({ laneEnv })).toBe('lane')
  const toolPool = { env: { PLACE: 'pool' } }
  expect(await environmentOf({ laneEnv, toolPool })).toBe('pool')
})
