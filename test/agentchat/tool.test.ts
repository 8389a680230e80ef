import { expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatContext } from '../../src/agentchat/chat-agent.ts'
import { runToolCalls, type Tool, type ToolContext, tool } from '../../src/agentchat/tool.ts'

/** Tools that write when they begin and end, and go on when they are let go. */
function desk(modes: Record<string, Tool['mode']>) {
  const log: string[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const tools = Object.entries(modes).map(([name, mode]) => {
    gates.set(name, Promise.withResolvers())
    const run = async () => {
      log.push(`+${name}`)
      await gates.get(name)?.promise
      log.push(`-${name}`)
      return name
    }
    return [name, tool({ name, description: '', parameters: z.object({}), mode, run })] as const
  })
  const calls = Object.keys(modes).map((name) => ({ id: name, name, arguments: '' }))
  const signal = new AbortController().signal
  const contextOf = (): ToolContext => {
    return {
      callId: '',
      agent: '',
      idempotencyKey: '',
      signal,
      turn: {} as ChatContext,
      emit: () => {},
    }
  }
  const run = (most = 8) => runToolCalls(calls, new Map(tools), contextOf, most)
  return { log, run, open: (name: string) => gates.get(name)?.resolve() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('parallel tools run at once, and their results stand in the order of the calls', async () => {
  const { log, run, open } = desk({ a: 'parallel', b: 'parallel' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a', '+b'])
  open('b')
  await settled()
  open('a')
  expect((await results).map(({ content }) => content)).toEqual(['a', 'b'])
  expect(log).toEqual(['+a', '+b', '-b', '-a'])
})

test('serial ones wait for each other, and not for parallel ones', async () => {
  const { log, run, open } = desk({ a: 'serial', p: 'parallel', b: 'serial' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a', '+p'])
  open('a')
  await settled()
  expect(log).toEqual(['+a', '+p', '-a', '+b'])
  open('p')
  open('b')
  await results
})

test('an exclusive one runs beside no other', async () => {
  const { log, run, open } = desk({ a: 'parallel', x: 'exclusive', b: 'serial' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a'])
  open('a')
  await settled()
  expect(log).toEqual(['+a', '-a', '+x'])
  open('x')
  await settled()
  open('b')
  await results
  expect(log).toEqual(['+a', '-a', '+x', '-x', '+b', '-b'])
})

test('no more run at once than the cap allows', async () => {
  const { log, run, open } = desk({ a: 'parallel', b: 'parallel', c: 'parallel' })
  const results = run(2)
  await settled()
  expect(log).toEqual(['+a', '+b'])
  for (const name of ['a', 'b', 'c']) open(name)
  await results
})
