/** Tools of a pool in the AI SDK, with its own models for tests. */
import { generateText, stepCountIs, streamText, ToolLoopAgent, tool } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { afterAll, expect, test } from 'vitest'
import { type ModuleTool, startToolPool } from '../../src/tools/index.ts'
import { answer, call, finish, streamOf, textParts } from '../ai-sdk/mock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { plain } from '../fixtures/tools/lane.tools.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

const pool = startToolPool({ threads: 2, graceMs: 60_000 })
afterAll(() => pool.stop())
const stopWhen = stepCountIs(3)

function modelThatCalls(...calls: ReturnType<typeof call>[]) {
  return new MockLanguageModelV4({ doGenerate: [answer(calls, 'tool-calls'), answer('done')] })
}

test('generateText calls tools on threads, at once; what comes out of the parameters goes in', async () => {
  const model = modelThatCalls(call('add', { a: 1 }, '1'), call('add', { a: 2, b: 5 }, '2'))
  const { steps } = await generateText({
    ...{ model, prompt: 'add', stopWhen },
    tools: { add: tool(pool.aiSdkTool(tools.add)) },
  })
  expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual([2, 7])
  const [shown] = model.doGenerateCalls[0]?.tools ?? []
  expect(shown).toMatchObject({
    ...{ name: 'add', description: 'For tests.' },
    inputSchema: { required: ['a'], properties: { b: { default: 1 } } },
  })
})

test('an error of a tool, and arguments that do not fit, are for the model', async () => {
  const model = modelThatCalls(call('fail', { how: 'lost' }, '1'), call('fail', { how: 'x' }, '2'))
  const { steps } = await generateText({
    ...{ model, prompt: 'fail', stopWhen },
    tools: { fail: pool.aiSdkTool(tools.fail) },
  })
  const errors = steps[0]?.content.filter(({ type }) => type === 'tool-error')
  expect(errors).toMatchObject([
    { toolCallId: '2', error: expect.stringContaining('how') },
    { toolCallId: '1', error: expect.objectContaining({ message: 'not there', name: 'Lost' }) },
  ])
})

test('what the SDK has checked is not checked again', async () => {
  const { steps } = await generateText({
    ...{ model: modelThatCalls(call('half', { of: '8' })), prompt: 'half', stopWhen },
    tools: { half: pool.aiSdkTool(tools.half) },
  })
  expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual([4])
})

test('a ToolLoopAgent has tools of the pool', async () => {
  const agent = new ToolLoopAgent({
    model: modelThatCalls(call('add', { a: 1 })),
    tools: { add: pool.aiSdkTool(tools.add) },
  })
  const { text, steps } = await agent.generate({ prompt: 'add' })
  expect(text).toBe('done')
  expect(steps[0]?.toolResults[0]?.output).toBe(2)
})

test('streamText shows the progress of a tool as preliminary results, in order', async () => {
  const parts = [call('count', { to: 3 }), finish('tool-calls')]
  const model = new MockLanguageModelV4({
    doStream: [streamOf(...parts), streamOf(...textParts('done'), finish())],
  })
  const { fullStream } = streamText({
    ...{ model, prompt: 'count', stopWhen },
    tools: { count: pool.aiSdkTool(tools.count) },
  })
  const shown: unknown[] = []
  for await (const part of fullStream) {
    if (part.type === 'tool-result') shown.push([part.preliminary ?? false, part.output])
  }
  expect(shown).toEqual([...[1, 2, 3].map((step) => [true, { step }]), [true, 3], [false, 3]])
})

test('an abort of the SDK reaches the thread', async () => {
  const ending = new AbortController()
  const model = new MockLanguageModelV4({
    doStream: [streamOf(call('wait', {}), finish('tool-calls'))],
  })
  const { fullStream } = streamText({
    ...{ model, prompt: 'wait', stopWhen, abortSignal: ending.signal },
    tools: { wait: pool.aiSdkTool(tools.wait) },
    onError: () => {},
  })
  for await (const part of fullStream) {
    if (part.type === 'tool-result') ending.abort(new Error('enough')) // its progress
  }
  await until(() => pool.stats().running === 0) // long before the grace is over
  expect(pool.stats()).toMatchObject({ running: 0, waiting: 0, outside: 0 })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a pool without an SDK: a call, and a function', async () => {
  const sum = pool.plainFunction(tools.add)
  await expect(sum({ a: 1, b: 2 })).resolves.toBe(3)
  await expect(pool.run(tools.add, { a: 4 })).resolves.toBe(5)
  await expect(sum({ a: 'x' } as never)).rejects.toMatchObject({ code: 'HEDDLE_TOOL_ARGUMENTS' })
  const { run } = pool
  await expect(run(tools.add, { a: 4 })).resolves.toBe(5)
})

test('a tool that runs beside its caller, or is none, is refused', async () => {
  for (const [name, odd] of [
    ['plain', plain],
    ['copy', { ...tools.add, name: 'copy' }],
  ] as const) {
    const wrong = odd as ModuleTool<never>
    const shapes = [
      () => pool.aiSdkTool(wrong),
      () => pool.openaiAgentsTool(wrong),
      () => pool.plainFunction(wrong),
    ]
    for (const shape of shapes) {
      await expectRefusal(shape, 'HEDDLE_INVALID_TOOL', `'${name}'`, "runs: 'pool'")
    }
    await expectRefusal(() => pool.run(wrong, {} as never), 'HEDDLE_INVALID_TOOL')
  }
})

test.each([
  [{ signal: 'x' }, 'signal'],
  [{ progress: () => {} }, 'progress'],
  [{ onProgress: 1 }, 'onProgress'],
  [{ whenFull: 'later' }, 'whenFull'],
])('a call is refused with the option %j', async (options, part) => {
  const pool = startToolPool()
  const given = options as never
  const calls = [() => pool.run(tools.add, { a: 1 }, given), () => tools.add.run({ a: 1 }, given)]
  for (const call of calls) await expectRefusal(call, 'HEDDLE_INVALID_OPTION', part)
})

test.for<[string, object, string]>([
  ['no threads', { threads: 0 }, 'threads'],
  ['too many threads', { threads: 1_025 }, 'from 1 to 1024'],
  ['no time', { idleMs: 0 }, 'idleMs'],
  ['a queue of nothing', { queue: { calls: 0 } }, 'queue.calls'],
  ['an unknown bound', { queue: { call: 1 } }, "did you mean 'calls'?"],
  ['an environment that is none', { env: { A: 1 } }, 'env.A'],
  ['an entry that is none', { threadEntry: 'tool.js' }, 'threadEntry'],
  ['an unknown option', { thread: 1 }, "did you mean 'threads'?"],
])('a pool with %s is refused', async ([, options, part]) => {
  await expectRefusal(() => startToolPool(options), 'HEDDLE_INVALID_OPTION', part)
})
