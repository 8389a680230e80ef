/** A model of the AI SDK as a client, with the mock models of the SDK. */
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { APICallError } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { tool } from '../../src/agentchat/tools/tool.ts'
import { aiSdkModel } from '../../src/ai-sdk/index.ts'
import type { ModelChunk, ModelClient, ModelRequest, ModelResult } from '../../src/models/model.ts'
import { answer, call, finish, streamOf, textParts } from './mock.ts'

const caller = { key: 'conv/agent', call: 0 }
const hello: ModelRequest = {
  caller,
  messages: [{ role: 'user', content: 'Hello', source: 'user' }],
}
const PNG = { kind: 'image', mediaType: 'image/png', data: 'aGk=' } as const

async function streamed(client: ModelClient, request: ModelRequest): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = []
  for await (const chunk of client.stream?.(request) ?? []) chunks.push(chunk)
  return chunks
}

function resultIn(chunks: readonly ModelChunk[]): ModelResult | undefined {
  const last = chunks.at(-1)
  return last?.kind === 'result' ? last.result : undefined
}

describe('an answer', () => {
  test('of text has its finish, its usage, and no metadata', async () => {
    const model = new MockLanguageModelV4({ doGenerate: answer('Hi there', 'length') })
    expect(await aiSdkModel(model).create(hello)).toEqual({
      content: 'Hi there',
      toolCalls: [],
      finish: 'length',
      usage: { promptTokens: 7, completionTokens: 3 },
    })
  })

  test('by version 3 is the same', async () => {
    const model = new MockLanguageModelV3({ doGenerate: answer('Hi there') as never })
    const { content, finish: reason } = await aiSdkModel(model).create(hello)
    expect([content, reason]).toEqual(['Hi there', 'stop'])
  })

  test('in a stream comes in pieces that add up to it', async () => {
    const parts = [
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'reasoning-end', id: 'r' },
      ...textParts('Let me see.'),
      { type: 'tool-input-start', id: 'c', toolName: 'age' },
      { type: 'tool-input-delta', id: 'c', delta: '{"of":' },
      { type: 'tool-input-delta', id: 'c', delta: '"loom"}' },
      { type: 'tool-input-end', id: 'c' },
      call('age', { of: 'loom' }, 'c'),
      { type: 'a-kind-of-tomorrow' } as never,
      finish('tool-calls'),
    ] as const
    const model = new MockLanguageModelV4({ doStream: streamOf(...parts) })
    const chunks = await streamed(aiSdkModel(model), hello)
    const texts = (kind: string) => {
      return chunks.flatMap((one) => (one.kind === kind && 'text' in one ? [one.text] : []))
    }
    const result = resultIn(chunks)
    expect(texts('chunk')).toEqual(['Let ', 'me ', 'see.'])
    expect(texts('chunk').join('')).toBe(result?.content)
    expect(texts('thought').join('')).toBe(result?.thought)
    expect(texts('tool-input').join('')).toBe(result?.toolCalls[0]?.arguments)
    expect(result?.finish).toBe('tool-calls')
  })

  test('takes the text that the provider names for a schema', async () => {
    const given = { ...answer('draft {"a":1}'), structuredOutputText: '{"a":1}' }
    const model = new MockLanguageModelV4({ doGenerate: given })
    const output = { type: 'object' }
    expect((await aiSdkModel(model).create({ ...hello, output })).content).toBe('{"a":1}')
    expect((await aiSdkModel(model).create(hello)).content).toBe('draft {"a":1}')
  })
})

describe('a request', () => {
  const request: ModelRequest = {
    caller,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', source: 'critic', content: [{ kind: 'text', text: 'See' }, PNG] },
      {
        role: 'assistant',
        source: 'writer',
        content: 'I look.',
        thought: 'Hm.',
        toolCalls: [
          { id: '1', name: 'look', arguments: '{"at":"it"}' },
          { id: '2', name: 'look', arguments: 'not JSON' },
        ],
      },
      {
        role: 'tool',
        results: [
          {
            callId: '1',
            name: 'look',
            isError: false,
            content: [{ kind: 'text', text: 'a' }, PNG],
          },
          { callId: '2', name: 'look', isError: true, content: 'bad' },
        ],
      },
    ],
    tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
    toolChoice: 'required',
    output: { type: 'object', properties: {} },
  }

  test('is written by version 4', async () => {
    const model = new MockLanguageModelV4({ doGenerate: answer('ok') })
    await aiSdkModel(model, { settings: { temperature: 0 } }).create(request)
    const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGk=' } }
    expect(model.doGenerateCalls).toEqual([
      {
        temperature: 0,
        prompt: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: [{ type: 'text', text: 'See' }, file] },
          {
            role: 'assistant',
            content: [
              { type: 'reasoning', text: 'Hm.' },
              { type: 'text', text: 'I look.' },
              { type: 'tool-call', toolCallId: '1', toolName: 'look', input: { at: 'it' } },
              {
                type: 'tool-call',
                toolCallId: '2',
                toolName: 'look',
                input: { invalid: 'not JSON' },
              },
            ],
          },
          {
            role: 'tool',
            content: [
              {
                type: 'tool-result',
                toolCallId: '1',
                toolName: 'look',
                output: { type: 'content', value: [{ type: 'text', text: 'a' }, file] },
              },
              {
                type: 'tool-result',
                toolCallId: '2',
                toolName: 'look',
                output: { type: 'error-text', value: 'bad' },
              },
            ],
          },
        ],
        tools: [
          {
            type: 'function',
            name: 'look',
            description: 'Looks.',
            inputSchema: { type: 'object' },
          },
        ],
        toolChoice: { type: 'required' },
        responseFormat: { type: 'json', schema: { type: 'object', properties: {} } },
      },
    ])
  })

  test('has its pictures in the form of version 3', async () => {
    const model = new MockLanguageModelV3({ doGenerate: answer('ok') as never })
    await aiSdkModel(model).create(request)
    const { prompt } = model.doGenerateCalls[0] ?? { prompt: [] }
    expect(prompt[1]?.content).toEqual([
      { type: 'text', text: 'See' },
      { type: 'file', mediaType: 'image/png', data: 'aGk=' },
    ])
    expect(prompt[3]?.content[0]).toMatchObject({
      output: {
        value: [
          { type: 'text', text: 'a' },
          { type: 'image-data', data: 'aGk=', mediaType: 'image/png' },
        ],
      },
    })
  })

  test('names those who speak, if it is to', async () => {
    const model = new MockLanguageModelV4({ doGenerate: answer('ok') })
    await aiSdkModel(model, { names: 'prefix' }).create(request)
    const { prompt } = model.doGenerateCalls[0] as LanguageModelV4CallOptions
    expect(prompt[1]?.content[0]).toEqual({ type: 'text', text: 'critic: See' })
  })

  test("takes a picture's URL that the model reads, and refuses another", async () => {
    const url = 'https://pictures.test/Loom.png'
    const content = [{ kind: 'image-url', url }] as const
    const shown: ModelRequest = { caller, messages: [{ role: 'user', source: 'user', content }] }
    const supportedUrls = { 'image/*': [/^https:\/\/pictures\.test\/loom/g] }
    const reads = new MockLanguageModelV4({ supportedUrls, doGenerate: answer('ok') })
    await aiSdkModel(reads).create(shown)
    expect(reads.doGenerateCalls[0]?.prompt[0]?.content[0]).toMatchObject({
      data: { type: 'url', url: new URL(url) },
    })
    const blind = new MockLanguageModelV4({ doGenerate: answer('ok') })
    await expect(aiSdkModel(blind).create(shown)).rejects.toThrow('base64')
  })

  test('gives back the parts of an answer as they came', async () => {
    const signed = { anthropic: { signature: 'abc' } }
    const given = [
      { type: 'reasoning', text: 'One.', providerMetadata: signed },
      { type: 'reasoning', text: '', providerMetadata: { anthropic: { redactedData: 'xyz' } } },
      { type: 'text', text: 'I look.' },
      { ...call('look', { at: 'it' }, '1'), providerMetadata: { google: { sign: 'tool' } } },
      { type: 'custom', kind: 'openai.compaction', providerMetadata: { openai: { id: 'c' } } },
    ] as const
    const model = new MockLanguageModelV4({ doGenerate: answer([...given], 'tool-calls') })
    const client = aiSdkModel(model)
    const result = await client.create(hello)
    const { content, toolCalls, thought = '', metadata = {} } = result
    expect(metadata).toEqual(JSON.parse(JSON.stringify(metadata)))
    const said = { role: 'assistant', source: 'me', content, toolCalls, thought, metadata } as const
    await client.create({ caller, messages: [said] })
    expect(model.doGenerateCalls[1]?.prompt[0]?.content).toEqual([
      { type: 'reasoning', text: 'One.', providerOptions: signed },
      { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'xyz' } } },
      { type: 'text', text: 'I look.' },
      {
        type: 'tool-call',
        toolCallId: '1',
        toolName: 'look',
        input: { at: 'it' },
        providerOptions: { google: { sign: 'tool' } },
      },
      { type: 'custom', kind: 'openai.compaction', providerOptions: { openai: { id: 'c' } } },
    ])
    // a context has changed the message, or another provider is asked: the message counts
    const plain = [
      { type: 'reasoning', text: 'One.' },
      { type: 'text', text: 'I …' },
      { type: 'tool-call', toolCallId: '1', toolName: 'look', input: { at: 'it' } },
    ]
    await client.create({ caller, messages: [{ ...said, content: 'I …' }] })
    expect(model.doGenerateCalls[2]?.prompt[0]?.content).toEqual(plain)
    const other = new MockLanguageModelV4({ provider: 'other', doGenerate: answer('ok') })
    await aiSdkModel(other).create({ caller, messages: [said] })
    expect(JSON.stringify(other.doGenerateCalls[0]?.prompt)).not.toContain('abc')
  })
})

describe('what can not be', () => {
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
    await expect(streamed(aiSdkModel(model), hello)).rejects.toThrow('before its answer was whole')
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
})

test('tokens are estimated, and a picture counts as one and not by its bytes', () => {
  const client = aiSdkModel(new MockLanguageModelV4())
  const few = client.countTokens(hello.messages)
  expect(few).toBeGreaterThan(0)
  const data = 'a'.repeat(1_000_000)
  const content = [{ ...PNG, data }]
  const many = client.countTokens([{ role: 'user', source: 'user', content }])
  expect(many).toBeGreaterThan(1_000)
  expect(many).toBeLessThan(2_000)
})
