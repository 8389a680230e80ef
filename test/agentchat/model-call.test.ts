/**
 * What model clients return is checked where they are called. The error names the client that
 * breaks the interface, and what it has to return.
 */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { type ModelContext, tokenLimited } from '../../src/agentchat/agents/model-context.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { codeExecutorAgent } from '../../src/agentchat/code/code-executor.ts'
import { magenticOne } from '../../src/agentchat/flows/magentic-one.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { ModelChunk, ModelClient, ModelResult } from '../../src/models/model.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { said, speaker, team } from './autogen/cast.ts'

const { capabilities, countTokens } = scriptedModel([])
const usage = { promptTokens: 1, completionTokens: 1 }
const right = { content: 'hi', toolCalls: [], finish: 'stop', usage }
const giving = (result: unknown): ModelClient => ({
  ...{ name: 'own', capabilities, countTokens },
  create: async () => result as ModelResult,
})
const streaming = (...parts: readonly unknown[]): ModelClient => ({
  ...giving(undefined),
  stream: async function* () {
    yield* parts as readonly ModelChunk[]
  },
})
const call = (wrong: object) => {
  return { ...right, toolCalls: [{ id: '1', name: 'add', arguments: '{}', ...wrong }] }
}

const WRONG: Readonly<Record<string, readonly [unknown, string]>> = {
  nothing: [undefined, 'undefined'],
  'a string': ['hi', "'hi'"],
  'no content': [{ ...right, content: undefined }, 'content'],
  'null as content': [{ ...right, content: null }, 'content'],
  'no tool calls': [{ ...right, toolCalls: undefined }, 'toolCalls'],
  'tool calls that are not a list': [{ ...right, toolCalls: {} }, 'toolCalls'],
  'a tool call that is none': [{ ...right, toolCalls: [null] }, 'tool call 0'],
  'a tool call without an id': [call({ id: undefined }), 'id of tool call 0'],
  'a tool call without a name': [call({ name: undefined }), 'name of tool call 0'],
  'arguments as an object': [call({ arguments: { a: 1 } }), "arguments of the call to 'add'"],
  'a tool call that is not data': [call({ raw: () => {} }), '0.raw'],
  'two tool calls of one id': [
    { ...right, toolCalls: [...call({}).toolCalls, ...call({ name: 'sub' }).toolCalls] },
    "two tool calls with the id '1'",
  ],
  'a usage in bigints': [
    { ...right, usage: { ...usage, promptTokens: 1n } },
    'usage.promptTokens is the bigint 1',
  ],
  'a thought that is none': [{ ...right, thought: null }, 'thought'],
  'no finish': [{ ...right, finish: undefined }, 'finish'],
  'another finish': [{ ...right, finish: 'end_turn' }, 'end_turn'],
  'no usage': [{ ...right, usage: undefined }, 'usage'],
  'half a usage': [{ ...right, usage: { promptTokens: 1 } }, 'usage.completionTokens'],
  'a usage that is not a number': [
    { ...right, usage: { ...usage, promptTokens: Number.NaN } },
    'usage',
  ],
}

test.for(Object.entries(WRONG))(
  'a client that gives %s fails the run, and is named',
  async ([, [result, part]]) => {
    const whole = assistantAgent({ name: 'a', model: giving(result) })
    const model = streaming({ kind: 'result', result })
    const inChunks = assistantAgent({ name: 'a', model, stream: 'chunks' })
    for (const agent of [whole, inChunks]) {
      const { stopReason } = await agent.run({ task: 'go' })
      const message = expect.stringContaining(part)
      expect(stopReason).toMatchObject({
        kind: 'failed',
        error: { code: 'HEDDLE_MODEL_ANSWER', message },
      })
      expect(stopReason.text).toMatch(/'a'.*'own'/)
    }
  },
)

test.for<[string, ModelClient['stream'], string]>([
  ['ends without a result', streaming({ kind: 'chunk', text: 'h' }).stream, 'without a result'],
  ['yields what is none', streaming('h').stream, "'h'"],
  [
    'yields a chunk without text',
    streaming({ kind: 'chunk', content: 'h' }).stream,
    'a chunk whose text is undefined',
  ],
  ['has no next', () => ({ [Symbol.asyncIterator]: () => ({}) }) as never, 'without next'],
  ['has no iterator', () => ({ [Symbol.asyncIterator]: () => undefined }) as never, 'iterated'],
  [
    'has a number as iterator',
    () => ({ [Symbol.asyncIterator]: () => 5 }) as never,
    'without next',
  ],
  ['yields a part of another kind', streaming({ kind: 'delta' }).stream, 'delta'],
  ['is none', () => ({}) as never, 'iterated'],
  ['is nothing', () => undefined as never, 'iterated'],
])('a stream that %s fails the run, and its client is named', async ([, stream, part]) => {
  const model = { ...giving(undefined), stream: stream as NonNullable<typeof stream> }
  const { stopReason } = await assistantAgent({ name: 'a', model, stream: 'chunks' }).run({
    task: 'go',
  })
  const message = expect.stringContaining(part)
  expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_MODEL_ANSWER', message } })
  expect(stopReason.text).toMatch(/'a'.*'own'/)
})

const NO_COUNTS: Readonly<Record<string, readonly [() => unknown, string]>> = {
  NaN: [() => Number.NaN, 'NaN'],
  'a promise': [async () => 50, 'Promise'],
  'a promise that fails': [() => Promise.reject(new Error('late')), 'Promise'],
  'a string': [() => 'many', "'many'"],
  nothing: [() => undefined, 'undefined'],
  'less than nothing': [() => -1, '-1'],
  'a bigint': [() => 5n, 'the bigint 5'],
}

test.for(Object.entries(NO_COUNTS))(
  'a client that counts %s as tokens fails the run, and is named',
  async ([, [count, part]]) => {
    const counting = { countTokens: count as ModelClient['countTokens'] }
    const short = { ...giving(right), ...counting, contextTokens: 100 }
    const two = [speaker('x'), speaker('y')]
    const runs = {
      a: assistantAgent({ name: 'a', model: short }),
      limited: assistantAgent({
        name: 'limited',
        model: { ...giving(right), ...counting },
        context: tokenLimited(10),
      }),
      choosing: team(two, { name: 'choosing', flow: selector({ model: short }) }),
    }
    for (const [name, one] of Object.entries(runs)) {
      const { stopReason } = await one.run({ task: 'go' })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
      expect(stopReason.text).toMatch(new RegExp(`'${name}'.*'own'.*${part}.*at once`))
    }
  },
)

test.each(['many', -1, 0, Number.NaN, null, 5n])(
  'a client that says it can be shown %s tokens is refused',
  async (contextTokens) => {
    const model = { ...giving(right), contextTokens: contextTokens as number }
    const parts = ["'own'", 'contextTokens', 'above 0'] as const
    const agent = () => assistantAgent({ name: 'a', model })
    await expectRefusal(agent, 'HEDDLE_INVALID_CHAT_AGENT', ...parts)
    await expectRefusal(() => selector({ model }), 'HEDDLE_INVALID_TEAM', ...parts)
    const later = giving(right) as { contextTokens?: unknown } & ModelClient
    const changed = assistantAgent({ name: 'a', model: later })
    Object.assign(later, { contextTokens })
    const { stopReason } = await changed.run({ task: 'go' })
    expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_MODEL_ANSWER' } })
    expect(stopReason.text).toContain('contextTokens')
  },
)

test.for<[string, () => unknown]>([
  ['nothing', () => undefined],
  ['a promise', async () => []],
  ['a promise that fails', () => Promise.reject(new Error('late'))],
  ['a string', () => 'x'],
  ['nulls', () => [null]],
  ['another role', () => [{ role: 'zz', content: 'x' }]],
])('a context that gives %s fails the run, and its agent is named', async ([, view]) => {
  const model = giving(right)
  const context = { kind: 'mine', view } as unknown as ModelContext
  const { stopReason } = await assistantAgent({ name: 'a', model, context }).run({ task: 'go' })
  expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_INVALID_CHAT_AGENT' } })
  expect(stopReason.text).toMatch(/'a'.*'mine'/)
  const choosing = team([speaker('x'), speaker('y')], { flow: selector({ model, context }) })
  expect((await choosing.run({ task: 'go' })).stopReason).toMatchObject({
    error: { code: 'HEDDLE_INVALID_TEAM' },
  })
})

test.for<[string, () => unknown]>([
  ['a promise', () => Promise.resolve('late')],
  ['nothing', () => undefined],
])('a summary that gives %s fails the run, and its agent is named', async ([, summary]) => {
  const work = tool({ name: 'work', description: '', parameters: z.object({}), run: () => 'done' })
  const model = scriptedModel([{ toolCalls: [{ name: 'work', arguments: {} }] }])
  const options = { name: 'a', model, tools: [work], summary: summary as () => string }
  const { stopReason } = await assistantAgent(options).run({ task: 'go' })
  expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_INVALID_CHAT_AGENT' } })
  expect(stopReason.text).toMatch(/'a'.*its summary/)
})

test('an error of a model names who asked it: a code executor, a society of mind, a selector, a magenticOne', async () => {
  const model = giving(undefined)
  const inner = team([speaker('x')], { budget: { turns: 1 } })
  const two = [speaker('x'), speaker('y')]
  const runs = {
    coder: codeExecutorAgent({
      name: 'coder',
      model,
      execute: { run: async () => right as never },
    }),
    mind: societyOfMindAgent({ name: 'mind', model, team: inner }),
    choosing: team(two, { name: 'choosing', flow: selector({ model }) }),
    planning: team(two, { name: 'planning', flow: magenticOne({ model }) }),
  }
  for (const [name, one] of Object.entries(runs)) {
    const { stopReason } = await one.run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
    expect(stopReason.text).toMatch(new RegExp(`'${name}'.*'own'`))
  }
})

test('a result is kept as it was when it came, whatever the client does with it later', async () => {
  const toolCalls = [{ id: '1', name: 'none', arguments: '{}', signature: 'abc' }]
  const helper = assistantAgent({
    name: 'a',
    model: giving({ ...right, toolCalls, extra: () => {} }),
  })
  await helper.run({ task: 'go' })
  ;(toolCalls[0] as { arguments: string }).arguments = 'changed'
  const [, asked] = helper.saveState().history
  expect(asked).toMatchObject({ toolCalls: [{ arguments: '{}', signature: 'abc' }] })
})

test('an executor that gives no outcome fails the run, and is named', async () => {
  const coder = codeExecutorAgent({
    name: 'coder',
    execute: { run: async () => undefined as never },
  })
  const { stopReason } = await coder.run({ task: '```js\n1\n```' })
  expect(stopReason.text).toMatch(/'coder'.*exitCode/)
  expect(said(await coder.run({ task: 'nothing to run' })).at(-1)).toContain('There is no code')
})

test.for<[string, unknown]>([
  ['a string', 'likes tea'],
  ['nothing', undefined],
  ['not strings', [1]],
])('a memory that gives %s fails the run, and its agent is named', async ([, given]) => {
  const memory = [{ query: () => given as never }]
  const { stopReason } = await assistantAgent({ name: 'a', model: giving(right), memory }).run({
    task: 'go',
  })
  expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_INVALID_CHAT_AGENT' } })
  expect(stopReason.text).toContain("'a'")
})
