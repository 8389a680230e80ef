/** What a model of the AI SDK can't be or give, each an error that says so. */
import {
  APICallError,
  InvalidArgumentError,
  InvalidResponseDataError,
  JSONParseError,
  TypeValidationError,
} from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { clientOf } from '../../src/ai-sdk/ai-sdk-model.ts'
import { aiSdkModel } from '../../src/ai-sdk/index.ts'
import type { ModelChunk, ModelClient, ModelRequest } from '../../src/models/model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
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

const odd = async (given: unknown) => {
  const model = new MockLanguageModelV4({ doGenerate: async () => given as never })
  const tools = [{ name: 'look', description: '', parameters: {} }]
  const request = { ...hello, tools }
  return aiSdkModel(model, { retries: 0 })
    .create(request)
    .catch((error) => error)
}

test.each([
  ['no object', undefined, "the answer of 'mock-provider/mock-model-id' is undefined"],
  ['no content', { ...answer('a'), content: undefined }, 'the content of'],
  ['a text without text', answer([{ type: 'text' } as never]), "the text of a part 'text' of"],
  ['usage of another version', { ...answer('a'), usage: { inputTokens: 1 } }, 'the usage of'],
  ['a finish of another version', { ...answer('a'), finishReason: 'stop' }, 'the finishReason of'],
])('an answer with %s fits no shape', async (_, given, problem) => {
  expect(await odd(given)).toMatchObject({
    code: 'HEDDLE_MODEL_ANSWER',
    fields: { agent: 'conv/agent', problem: expect.stringContaining(problem) },
  })
})

test.each([
  ['an error as finish', answer('a', 'error'), 'stopped with an error', false],
  ['an answer that broke off', answer('a', 'interrupted'), 'broke off', true],
  [
    'a tool that the provider runs',
    answer([{ ...call('search', {}), providerExecuted: true }]),
    "runs the tool 'search' by itself",
    false,
  ],
  [
    'a warning that there are no tools',
    { ...answer('a'), warnings: [{ type: 'unsupported', feature: 'tools' }] },
    "can't call tools",
    false,
  ],
])(
  'an answer with %s is a failure that names the model',
  async (...[, given, problem, retryable]) => {
    expect(await odd(given)).toMatchObject({
      code: 'HEDDLE_MODEL_FAILED',
      fields: {
        model: 'mock-provider/mock-model-id',
        problem: expect.stringContaining(problem),
        retryable,
      },
    })
  },
)

const busy = (statusCode: number, responseHeaders = {}) => {
  const request = { url: 'https://provider.test', requestBodyValues: {} }
  return new APICallError({ message: 'slow down', ...request, statusCode, responseHeaders })
}

describe('a call that failed', () => {
  test('is made again after the time that the provider says, and only there', async () => {
    const clock = new ManualClock()
    let asked = 0
    const doGenerate = async () => {
      if (++asked < 3) throw busy(429, { 'retry-after': '2' })
      return answer('at last')
    }
    const client = clientOf(new MockLanguageModelV4({ doGenerate }), {}, clock)
    const result = client.create(hello)
    for (const attempt of [1, 2]) {
      await vi.waitFor(() => expect([asked, clock.pending]).toEqual([attempt, 1]))
      clock.advance(2_000)
    }
    expect((await result).content).toBe('at last')
  })

  test.each([
    ['that no other try would help', busy(400), 1],
    ['as often as it may', busy(500, { 'retry-after-ms': '0' }), 3],
  ])('is not made again: %s', async (_, error, calls) => {
    const doGenerate = () => Promise.reject(error)
    const model = new MockLanguageModelV4({ doGenerate })
    await expect(aiSdkModel(model).create(hello)).rejects.toThrow('slow down')
    expect(model.doGenerateCalls).toHaveLength(calls)
  })

  test('is not made again once a piece was shown', async () => {
    const words = textParts('One two')
    const doStream = async () => streamOf(...words, { type: 'error', error: busy(500) })
    const model = new MockLanguageModelV4({ doStream })
    await expect(streamed(aiSdkModel(model))).rejects.toThrow('slow down')
    expect(model.doStreamCalls).toHaveLength(1)
  })

  test('before a piece was shown is made again, in a stream too', async () => {
    const later = streamOf(...textParts('One'), finish())
    const first = streamOf({ type: 'error', error: busy(500, { 'retry-after-ms': '0' }) })
    const model = new MockLanguageModelV4({ doStream: [first, later] })
    await streamed(aiSdkModel(model))
    expect(model.doStreamCalls).toHaveLength(2)
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

test("a provider's error is the cause, without its call, and says whether to try again", async () => {
  const cause = busy(429, { 'retry-after': '2' })
  const doGenerate = () => Promise.reject(cause)
  const error = await aiSdkModel(new MockLanguageModelV4({ doGenerate }), { retries: 0 })
    .create(hello)
    .catch((thrown) => thrown)
  expect(error.cause).toMatchObject({ name: 'AI_APICallError', message: 'slow down' })
  expect(Object.keys(error.cause)).toEqual(['name'])
  expect(error.fields).toEqual({
    model: 'mock-provider/mock-model-id',
    problem: 'slow down',
    kind: 'rate-limit',
    retryable: true,
    status: 429,
    retryAfterMs: 2_000,
  })
})

const thrownBy = async (thrown: unknown) => {
  const doGenerate = () => Promise.reject(thrown)
  return aiSdkModel(new MockLanguageModelV4({ doGenerate }), { retries: 0 })
    .create(hello)
    .catch((error) => error)
}
const lost = new TypeError('terminated', { cause: new Error('other side closed') })
const late = Object.assign(new Error('Body Timeout Error'), { code: 'UND_ERR_BODY_TIMEOUT' })
const spent = { error: { code: 'insufficient_quota' } }
const about = { url: 'https://provider.test', requestBodyValues: {} }

test.each<[string, unknown, object]>([
  ['504', busy(504), { kind: 'timeout', retryable: true }],
  [
    '429 with a date',
    busy(429, { 'Retry-After': 'Thu, 01 Jan 1970 00:00:01 GMT' }),
    {
      retryAfterMs: 0,
    },
  ],
  ['429 below 0', busy(429, { 'retry-after': '-3' }), { kind: 'rate-limit' }],
  [
    '429 of a quota that is spent',
    new APICallError({
      message: 'no money',
      statusCode: 429,
      data: spent,
      ...about,
    }),
    { kind: 'rate-limit', retryable: false },
  ],
  [
    '500 that its server calls final',
    busy(500, { 'X-Should-Retry': 'false' }),
    {
      retryable: false,
    },
  ],
  [
    '503 of no error of the SDK',
    Object.assign(new Error('busy'), { status: 503 }),
    {
      kind: 'server',
      status: 503,
      retryable: true,
    },
  ],
  [
    'a lost connection',
    lost,
    {
      kind: 'connection',
      retryable: true,
      problem: 'terminated: other side closed',
    },
  ],
  [
    'a lost connection in a whole answer',
    new APICallError({
      message: 'Failed to process successful response',
      statusCode: 200,
      cause: lost,
      ...about,
    }),
    { kind: 'connection', retryable: true },
  ],
  [
    'a limit of fetch',
    new TypeError('terminated', { cause: late }),
    {
      kind: 'timeout',
      retryable: false,
    },
  ],
  [
    'a call that the SDK refuses',
    new InvalidArgumentError({
      parameter: 'seed',
      value: 1,
      message: 'no seed',
    }),
    { kind: 'request', retryable: false },
  ],
])('the fields of %s', async (_, thrown, fields) => {
  const error = await thrownBy(thrown)
  expect(error.code).toBe('HEDDLE_MODEL_FAILED')
  expect(error.fields).toMatchObject(fields)
})

test.each([
  ['bad JSON', new JSONParseError({ text: '{', cause: new SyntaxError('odd') })],
  ['no shape', new TypeValidationError({ value: 1, cause: new Error('odd') })],
  ['no data', new InvalidResponseDataError({ data: 1 })],
  [
    'bad JSON in a whole answer',
    new APICallError({
      message: 'Invalid JSON response',
      statusCode: 200,
      cause: new SyntaxError('odd'),
      ...about,
    }),
  ],
])('what its package can not read is HEDDLE_MODEL_ANSWER: %s', async (_, thrown) => {
  const { code, fields } = await thrownBy(thrown)
  expect([code, fields.agent]).toEqual(['HEDDLE_MODEL_ANSWER', 'conv/agent'])
})

test.each<[string, object | string]>([
  ['under a mistyped name', { apiKey: 'corp-very-secret-1' }],
  ['in place of the options', 'corp-very-secret-1'],
  ['in place of the headers', { settings: { headers: 'corp-very-secret-1' } }],
  ['as a setting', { settings: { apiKey: 'corp-very-secret-1' } }],
])('no refusal repeats a key: %s', (_, options) => {
  const refused = () => aiSdkModel(new MockLanguageModelV4(), options as never)
  expect(refused).toThrow('HEDDLE_INVALID_OPTION')
  expect(refused).not.toThrow('corp-very')
})

test('a URL of a picture is told without its password', async () => {
  const url = 'https://me:swordfish@host.test/a.png'
  const content = [{ kind: 'image-url', url }] as const
  const messages = [{ role: 'user', content, source: 'user' }] as const
  const asked = aiSdkModel(new MockLanguageModelV4()).create({ caller, messages })
  await expect(asked).rejects.toThrow("pictures from 'https://(hidden)host.test/a.png'")
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
