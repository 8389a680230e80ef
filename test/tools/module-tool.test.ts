import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import type { RunItem } from '../../src/agentchat/runs/task.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { defineTool } from '../../src/tools/module-tool.ts'
import { choosePool } from '../../src/tools/pool-choice.ts'
import { holdProcessPool, processPool } from '../../src/tools/process-pool.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { runNode } from '../fixtures/run-node.ts'
import { gated, gates, log, nest, one, plain, showing } from '../fixtures/tools/lane.tools.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

let release = async () => {}
beforeAll(() => {
  choosePool({ threads: 2, graceMs: 100 }, undefined)
  release = holdProcessPool()
})
afterAll(() => release())

const settled = () => new Promise((resolve) => setImmediate(resolve))
const context = (signal = new AbortController().signal) => {
  return { callId: 'c', agent: 'ann', idempotencyKey: 'i', signal, progress: () => {} }
}

test('a tool of the pool is called by a program: arguments are checked, and the value is given', async () => {
  await expect(tools.add.run({ a: 1 })).resolves.toBe(2)
  await expect(tools.add.run({ a: 'x' } as never)).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_ARGUMENTS',
    fields: { tool: 'add' },
  })
  const shown: unknown[] = []
  await tools.count.run({ to: 2 }, { onProgress: (value) => shown.push(value) })
  expect(shown).toEqual([{ step: 1 }, { step: 2 }])
  await expect(tools.wait.run({}, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
})

test('a tool of the pool is called by a model: failures are results', async () => {
  const call = (name: string, text: string) => ({ id: '1', name, arguments: text })
  const result = { callId: '1', name: 'add', isError: false }
  await expect(tools.add.call(call('add', '{"a":1}'), context())).resolves.toEqual({
    ...result,
    content: '2',
  })
  for (const [tool, text, part] of [
    [tools.add, '{"a":"x"}', 'do not fit'],
    [tools.fail, '{"how":"lost"}', 'Error: not there'],
    [tools.die, '{"by":"exit"}', 'ended before the tool did'],
    [tools.hiding.hidden, '{}', 'export what defineTool returns'],
  ] as const) {
    const content = expect.stringContaining(part)
    const answer = tool.call(call(tool.name, text), context())
    await expect(answer).resolves.toMatchObject({ content, isError: true })
  }
  const about = tools.context.call(call('context', ''), context())
  await expect(about).resolves.toMatchObject({
    content: JSON.stringify({ callId: 'c', agent: 'ann', idempotencyKey: 'i' }),
  })
  const ending = new AbortController()
  const waiting = tools.wait.call(call('wait', '{}'), {
    ...context(ending.signal),
    progress: () => ending.abort('enough'),
  })
  await expect(waiting).rejects.toBe('enough')
})

test('an assistant has tools of the pool: they compute beside each other, and show their progress', async () => {
  const model = scriptedModel([
    { toolCalls: [1, 2].map((to) => ({ name: 'count', arguments: { to } })) },
    'counted',
  ])
  const agent = assistantAgent({
    name: 'a',
    model,
    tools: [tools.count, plain],
    maxToolIterations: 2,
  })
  const items: RunItem[] = []
  for await (const item of agent.runStream({ task: 'go' })) items.push(item)
  const shown = items.flatMap((item) => (item.kind === 'tool-progress' ? [item.content] : []))
  expect(shown.toSorted(byStep)).toEqual([{ step: 1 }, { step: 1 }, { step: 2 }])
  const results = items.flatMap((item) => (item.kind === 'tool-results' ? item.results : []))
  expect(results.map(({ content }) => content)).toEqual(['1', '2'])
})

function byStep(one: unknown, other: unknown): number {
  return (one as { step: number }).step - (other as { step: number }).step
}

test('a tool that runs beside its caller gets what comes out of its parameters', async () => {
  const at = new Date('2026-11-05')
  const given = { key: 'k', at: '2026-11-05' }
  await expect(plain.run(given)).resolves.toEqual({ at, agent: '', isNamed: true })
})

test('tools beside their callers hold their keys over all callers, until they have ended', async () => {
  for (const id of ['a', 'b', 'c']) gates.set(id, Promise.withResolvers())
  const ending = new AbortController()
  const a = gated.run({ key: 'k', id: 'a' }, { signal: ending.signal })
  const call = { id: '1', name: 'gated', arguments: '{"key":"k","id":"b"}' }
  const b = gated.call(call, context())
  const c = gated.run({ key: 'other', id: 'c' })
  const none = new AbortController()
  const d = gated.run({ key: 'k', id: 'd' }, { signal: none.signal })
  await settled()
  expect(log).toEqual(['+a', '+c'])
  none.abort('no longer')
  await expect(d).rejects.toBe('no longer')
  ending.abort('gone')
  await expect(a).rejects.toBe('gone')
  await settled()
  expect(log).toEqual(['+a', '+c'])
  gates.get('a')?.resolve()
  await settled()
  expect(log).toEqual(['+a', '+c', '-a', '+b'])
  gates.get('b')?.resolve()
  gates.get('c')?.resolve()
  await expect(b).resolves.toMatchObject({ content: 'b' })
  await expect(c).resolves.toBe('c')
  expect(processPool().stats.locks).toEqual({ held: 0, waiting: 0 })
})

const here = 'file:///a.ts'
const right = { name: 'dig', description: '', parameters: z.object({}), run: () => {} }
test.for<[string, string, unknown, object]>([
  ['a module that is none', 'import.meta.url', './a.ts', {}],
  ['a place that there is not', "'lane' or 'pool'", here, { runs: 'thread' }],
  ['a key that is none', 'its key', here, { key: 'id' }],
  ['a cap of nothing', 'its atMost', here, { atMost: 0 }],
  ['no time', 'its timeoutMs', here, { runs: 'pool', timeoutMs: 0 }],
  ['too little memory', 'at least 16', here, { runs: 'pool', memoryMb: 15 }],
  ['memory beside its caller', "runs: 'pool'", here, { memoryMb: 64 }],
  ['an unknown option', "did you mean 'timeoutMs'?", here, { timeOutMs: 5 }],
  ['a mode that is none', 'parallel', here, { mode: 'once' }],
  ['a test file as its module', 'test file', import.meta.url, { runs: 'pool' }],
])('a tool with %s is refused', async ([, part, module, options]) => {
  const define = () => defineTool(module as string, { ...right, ...options } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_TOOL', "'dig'", part)
})

test.each([
  [nest, 'same', "the tool 'nest' (key 'k')", "the tool 'nest' (key 'k')"],
  [nest, 'pool', "the tool 'nest' (key 'k')", "the tool 'keyedSerial' (key 'k')"],
  [one, 'one', "the tool 'one' (at most 1 at once)", "the tool 'one' (at most 1 at once)"],
] as const)(
  'a tool that waits for a lock of its own is refused: %#',
  async (tool, inner, ...cycle) => {
    await expect(tool.run({ key: 'k', inner })).rejects.toMatchObject({
      code: 'HEDDLE_REQUEST_CYCLE',
      fields: { cycle },
    })
    await expect(tool.run({ key: 'k' })).resolves.toBe('inner')
    await expect(nest.run({ key: 'k', inner: 'one' })).resolves.toBe('inner')
  },
)

test.each([
  ['waits', tools.wait],
  ['runs beside', showing],
] as const)('a listener that rejects fails the call of a tool that %s', async (_, tool) => {
  const failed = tool.run({}, { onProgress: async () => Promise.reject(new Error('closed')) })
  await expect(failed).rejects.toThrow('closed')
})

test('what a tool prints is there when its result is', async () => {
  const program = new URL('../fixtures/tools/print-and-end.ts', import.meta.url)
  const { stdout, stderr } = await runNode([program])
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toHaveLength(501)
})

test('a key that gives no text fails the call', async () => {
  const odd = defineTool(here, { ...right, key: () => 5 as never })
  await expectRefusal(() => odd.run({}), 'HEDDLE_INVALID_TOOL', "'dig'", 'its key gave 5')
  const rejected = Promise.reject(new Error('nobody awaits it'))
  const caught = vi.spyOn(rejected, 'catch')
  const key = () => rejected
  const late = defineTool(here, { ...right, key: key as never })
  await expectRefusal(() => late.run({}), 'HEDDLE_INVALID_TOOL', 'its key gave an object (Promise)')
  expect(caught).toHaveBeenCalled()
})

test('arguments that can not cross are refused by tool and member', async () => {
  const parameters = z.object({ a: z.object({ b: z.unknown() }) })
  const odd = defineTool(here, {
    ...{ ...right, parameters, runs: 'pool' as const },
    jsonSchema: { type: 'object' },
  })
  const error = await expectRefusal(
    () => odd.run({ a: { b: () => {} } }),
    'HEDDLE_PAYLOAD_NOT_CLONEABLE',
    'payload.a.b',
  )
  expect(error.message).toContain('dig')
})

test('a tool of the pool in the file of the program is refused where it is defined', async () => {
  const program = new URL('../fixtures/tools/tool-in-entry.ts', import.meta.url)
  const { code, stdout, stderr } = await runNode([program])
  expect(stderr).toBe('')
  expect(stdout).toContain('HEDDLE_INVALID_TOOL')
  expect(stdout).toContain('move it to a module of its own')
  expect(code).toBe(0)
})

test('an idle pool keeps no process alive, and calls do', async () => {
  const program = new URL('../fixtures/tools/call-and-end.ts', import.meta.url)
  const { code, stdout, stderr } = await runNode([program])
  expect(stderr).toBe('')
  expect(stdout).toBe('2\n')
  expect(code).toBe(0)
})
