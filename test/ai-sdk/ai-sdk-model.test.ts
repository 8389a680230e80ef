/** A model of the AI SDK as a client, with the mock models of the SDK. */
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, test } from 'vitest'
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

test('two calls with one id get an id each, in the pieces and in the result', async () => {
  const coming = (of: string) => {
    return [
      { type: 'tool-input-start', id: 'c', toolName: 'age' },
      { type: 'tool-input-delta', id: 'c', delta: JSON.stringify({ of }) },
      call('age', { of }, 'c'),
    ] as const
  }
  const parts = [...coming('loom'), ...coming('spindle'), finish('tool-calls')]
  const model = new MockLanguageModelV4({ doStream: streamOf(...parts) })
  const chunks = await streamed(aiSdkModel(model), hello)
  const own = ['c', 'conv/agent:0.1']
  expect(chunks.flatMap((one) => (one.kind === 'tool-input' ? [one.callId] : []))).toEqual(own)
  expect(resultIn(chunks)?.toolCalls.map(({ id }) => id)).toEqual(own)
  const whole = new MockLanguageModelV4({
    doGenerate: answer([call('age', {}, ''), call('age', {}, 'd'), call('age', {}, 'd')]),
  })
  const { toolCalls } = await aiSdkModel(whole).create(hello)
  expect(toolCalls.map(({ id }) => id)).toEqual(['conv/agent:0.0', 'd', 'conv/agent:0.2'])
})

test.each<[string, unknown]>([
  ['a Headers', new Headers({ 'X-Team': 'red' })],
  ['a list of pairs', [['x-team', 'red']]],
  ['an object', { 'x-team': 'red', 'x-none': undefined }],
])('headers may be %s', async (_, headers) => {
  const model = new MockLanguageModelV4({ doGenerate: answer('Hi') })
  await aiSdkModel(model, { settings: { headers } as never }).create(hello)
  expect(model.doGenerateCalls[0]?.headers).toEqual({ 'x-team': 'red' })
})

test.each([{ 'x-team': 5 }, { 'x-team': 'red-secret\n' }, new Date(0)])(
  'other headers are refused, and not repeated',
  (headers) => {
    const make = () => aiSdkModel(new MockLanguageModelV4(), { settings: { headers } as never })
    expect(make).toThrow("option 'settings.headers")
    expect(make).not.toThrow('secret')
  },
)

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
    await aiSdkModel(model, { sourceNames: 'prefix' }).create(request)
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

test('tokens are estimated, and a picture counts as one and not by its bytes', () => {
  const client = aiSdkModel(new MockLanguageModelV4())
  const few = client.countTokens(hello.messages)
  expect(few).toBeGreaterThan(0)
  const data = 'a'.repeat(1_000_000)
  const content = [{ ...PNG, data }]
  const many = client.countTokens([{ role: 'user', source: 'user', content }])
  expect(many).toBeGreaterThan(few + 500)
  expect(many).toBeLessThan(2_000)
})
