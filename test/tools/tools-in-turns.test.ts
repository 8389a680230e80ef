/** Turns on lanes call tools: those of the pool run on the process's threads. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { choosePool } from '../../src/tools/pool-choice.ts'
import { holdProcessPool, processPool } from '../../src/tools/process-pool.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { EMPTY } from '../fixtures/tools/pool-rig.ts'
import { toolUsing, UseTool } from '../fixtures/tools/tool-using.agent.ts'

let release = async () => {}
beforeAll(() => {
  choosePool({ threads: 2, graceMs: 60_000 }, undefined)
  release = holdProcessPool()
})
afterAll(() => release())

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(KINDS)('on $name', ({ start }) => {
  test('a turn gets the value of a tool of the pool, and what it shows', async () => {
    const runtime = await start({ agents: [toolUsing] })
    const use = (tool: 'add' | 'count' | 'fail' | 'die', args: unknown) => {
      return runtime.send(UseTool({ tool, args }), 'tool-using/k')
    }
    await expect(use('add', { a: 1 })).resolves.toEqual({ value: 2, shown: [] })
    const shown = [{ step: 1 }, { step: 2 }]
    await expect(use('count', { to: 2 })).resolves.toEqual({ value: 2, shown })
    await expect(use('fail', { how: 'lost' })).rejects.toMatchObject({
      message: expect.stringContaining('not there'),
    })
    await expect(use('die', { by: 'exit' })).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'HEDDLE_TOOL_DIED' }),
    })
    expect(processPool().stats).toMatchObject(EMPTY)
  })

  test('a turn that is cancelled ends its tool', async () => {
    const runtime = await start({ agents: [toolUsing] })
    const ending = new AbortController()
    const { signal } = ending
    const asked = runtime.send(UseTool({ tool: 'wait', args: {} }), 'tool-using/k', { signal })
    asked.catch(() => {})
    await until(() => processPool().stats.running === 1)
    ending.abort()
    await expect(asked).rejects.toThrow()
    await until(() => processPool().stats.running === 0) // long before the grace is over
  })

  test('keys hold over all lanes', async () => {
    const runtime = await start({ agents: [toolUsing], lanes: 2 })
    const begin = (key: string, of: string) => {
      const ending = new AbortController()
      const { signal } = ending
      const asked = runtime.send(UseTool({ tool: 'stay', args: { key } }), `tool-using/${of}`, {
        signal,
      })
      asked.catch(() => {})
      return ending
    }
    const endings = [begin('a', '1'), begin('a', '2'), begin('b', '3')]
    const locks = () => processPool().stats.locks
    await until(() => locks().held === 2 && locks().waiting === 1)
    endings[0]?.abort()
    endings[1]?.abort()
    await until(() => locks().held === 1 && locks().waiting === 0)
    endings[2]?.abort()
    await until(() => locks().held === 0)
  })
})
