import { APICallError } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { tool } from '../../src/agentchat/tools/tool.ts'
import { aiSdkModel } from '../../src/ai-sdk/index.ts'
import type { ModelChunk, ModelClient, ModelRequest } from '../../src/models/model.ts'
import { answer, call, finish, streamOf, textParts } from './mock.ts'

const caller = { key: 'conv/agent', call: 0 }
const hello: ModelRequest = {
  caller,
  messages: [{ role: 'user', content: 'Hello', source: 'user' }],
}
async function streamed(client: ModelClient): Promise<void> {
  for await (const _ of client.stream?.(hello) ?? []);
}

test.each([
  ["a model's id", 'openai/gpt-5', "gateway('…')"],
  ['version 2', { specificationVersion: 'v2' }, 'AI SDK 6 or 7'],
  ['nothing', undefined, "openai('…')"],
  ['a model without doStream', { specificationVersion: 'v4', doGenerate() {} }, 'doStream'],
])('%s is refused with the mend', (_, model, mend) => {
  expect(() => aiSdkModel(model as never)).toThrow(mend)
  expect(() => aiSdkModel(model as never)).toThrow('HEDDLE_INVALID_OPTION')
})

test('an unknown option or setting is refused', () => {
  const model = new MockLanguageModelV4()
  expect(() => aiSdkModel(model, { nam: 'x' } as never)).toThrow("did you mean 'name'?")
  const settings = { temperatures: 1 } as never
  expect(() => aiSdkModel(model, { settings })).toThrow("did you mean 'temperature'?")
})

test('a model without tools or without schemas is not given them', async () => {
  const model = new MockLanguageModelV4({ doGenerate: answer('ok') })
  const client = aiSdkModel(model, { capabilities: { tools: false, structuredOutput: false } })
  const look = tool({
    name: 'look',
    description: 'Looks.',
    parameters: z.object({}),
    run: () => '',
  })
  expect(() => assistantAgent({ name: 'a', model: client, tools: [look] })).toThrow(
    "can't call any",
  )
  const tools = [{ name: 'look', description: '', parameters: {} }]
  await expect(client.create({ ...hello, tools })).rejects.toThrow("is given 'look'")
  expect(() => client.stream?.({ ...hello, output: {} })).toThrow('JSON schema')
  expect(model.doGenerateCalls).toEqual([])
})

test('a schema that gives no JSON schema is refused where the agent is made', () => {
  const schema = { '~standard': { version: 1, vendor: 'own', validate: () => ({ value: 1 }) } }
  const output = defineStructured('own', schema as never)
  const model = aiSdkModel(new MockLanguageModelV4())
  expect(() => assistantAgent({ name: 'a', model, output })).toThrow('give jsonSchema')
})

test.each([
  ['no object', undefined, 'its answer is undefined'],
  ['no content', { ...answer('a'), content: undefined }, 'its content is undefined'],
  ['a text without text', answer([{ type: 'text' } as never]), "text of a part 'text'"],
  ['usage of another version', { ...answer('a'), usage: { inputTokens: 1 } }, 'its usage'],
  ['a finish of another version', { ...answer('a'), finishReason: 'stop' }, 'its finishReason'],
  ['an error as finish', answer('a', 'error'), 'stopped with an error'],
  ['an answer that broke off', answer('a', 'interrupted'), 'broke off'],
  [
    'a tool that the provider runs',
    answer([{ ...call('search', {}), providerExecuted: true }]),
    "runs the tool 'search' by itself",
  ],
  [
    'a warning that there are no tools',
    { ...answer('a'), warnings: [{ type: 'unsupported', feature: 'tools' }] },
    "can't call tools",
  ],
])('an answer with %s is an error that names the model', async (_, given, problem) => {
  const model = new MockLanguageModelV4({ doGenerate: async () => given as never })
  const tools = [{ name: 'look', description: '', parameters: {} }]
  const error = await aiSdkModel(model)
    .create({ ...hello, tools })
    .catch((thrown) => thrown)
  expect(error).toMatchObject({
    code: 'HEDDLE_MODEL_FAILED',
    fields: { model: 'mock-provider/mock-model-id', problem: expect.stringContaining(problem) },
  })
})

test.each([
  ['an error in it', { type: 'error', error: { message: 'overloaded' } }, 'overloaded'],
  ['a part that is none', 'text', 'must be an object'],
])('a stream with %s fails after its pieces', async (_, part, problem) => {
  const [start, ...words] = textParts('One two')
  const parts = [start, words[0], part, finish()] as never[]
  const client = aiSdkModel(new MockLanguageModelV4({ doStream: streamOf(...parts) }))
  const chunks: ModelChunk[] = []
  const reading = (async () => {
    for await (const chunk of client.stream?.(hello) ?? []) chunks.push(chunk)
  })()
  await expect(reading).rejects.toThrow(problem)
  expect(chunks).toEqual([{ kind: 'chunk', text: 'One ' }])
})

test('a stream without a finish is not whole', async () => {
  const model = new MockLanguageModelV4({ doStream: streamOf(...textParts('One')) })
  await expect(streamed(aiSdkModel(model))).rejects.toThrow('before its answer was whole')
})

test("a provider's error is the cause, and says whether to try again", async () => {
  const cause = new APICallError({
    message: 'slow down',
    url: 'https://provider.test',
    requestBodyValues: {},
    statusCode: 429,
    responseHeaders: { 'retry-after': '2' },
  })
  const doGenerate = () => Promise.reject(cause)
  const error = await aiSdkModel(new MockLanguageModelV4({ doGenerate }))
    .create(hello)
    .catch((thrown) => thrown)
  expect(error.cause).toBe(cause)
  expect(error.fields).toEqual({
    model: 'mock-provider/mock-model-id',
    problem: 'slow down',
    kind: 'rate-limit',
    retryable: true,
    status: 429,
    retryAfterMs: 2_000,
  })
})

test.each(['before its stream is there', 'in its stream'])(
  'an abort %s ends a call that does not listen, with its reason',
  async (when) => {
    const cancelled = Promise.withResolvers<unknown>()
    const stream = new ReadableStream({
      start: (controller) => textParts('One').forEach((part) => void controller.enqueue(part)),
      cancel: cancelled.resolve,
    })
    const doGenerate = () => new Promise<never>(() => {})
    const client = aiSdkModel(new MockLanguageModelV4({ doGenerate, doStream: { stream } }))
    const over = new AbortController()
    const request = { ...hello, signal: over.signal }
    const reading = (async () => {
      for await (const _ of client.stream?.(request) ?? []) over.abort('enough')
    })()
    const calls = [client.create(request), reading]
    if (when !== 'in its stream') over.abort('enough')
    const rejected = { status: 'rejected', reason: 'enough' }
    expect(await Promise.allSettled(calls)).toEqual([rejected, rejected])
    await cancelled.promise
  },
)

test('a reader that stops cancels the stream', async () => {
  let isCancelled = false
  const stream = new ReadableStream({
    start: (controller) => {
      for (const part of textParts('One two')) controller.enqueue(part)
    },
    cancel: () => {
      isCancelled = true
    },
  })
  const client = aiSdkModel(new MockLanguageModelV4({ doStream: { stream } }))
  for await (const _ of client.stream?.(hello) ?? []) break
  expect(isCancelled).toBe(true)
})
