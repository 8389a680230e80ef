/** What the client makes of answers, and what it sends: over HTTP, whole and in pieces. */
import { expect, test } from 'vitest'
import { openaiModel } from '../../src/openai/index.ts'
import { eventOf, type Reaction, startOpenAIServer } from '../fixtures/openai-server.ts'
import { requestOf, streamed, textOf } from './ask.ts'

async function modelThat(reaction: Reaction) {
  const server = await startOpenAIServer(() => reaction)
  return { server, model: openaiModel({ model: 'small', baseURL: server.url }) }
}

const delta = (part: object) => eventOf('small', part)
const end = (finish = 'stop') => eventOf('small', {}, finish)

test('a text comes whole', async () => {
  const { server, model } = await modelThat({ kind: 'says', text: ['Take ', 'an umbrella.'] })
  expect(await model.create(requestOf())).toEqual({
    content: 'Take an umbrella.',
    toolCalls: [],
    finish: 'stop',
    usage: { promptTokens: 10, completionTokens: 5 },
  })
  expect(server.asked).toEqual([
    { model: 'small', messages: [{ role: 'user', content: 'Hello' }], stream: false },
  ])
})

test('a text comes in pieces, with the usage', async () => {
  const { server, model } = await modelThat({ kind: 'says', text: ['Take ', 'an umbrella.'] })
  const { pieces, result } = await streamed(model)
  expect(pieces).toEqual([
    { kind: 'chunk', text: 'Take ' },
    { kind: 'chunk', text: 'an umbrella.' },
  ])
  expect(result).toEqual(await model.create(requestOf()))
  expect(server.asked[0]).toMatchObject({ stream: true, stream_options: { include_usage: true } })
})

test('tool calls come in pieces, and whole', async () => {
  const calls = [
    { id: 'call_a', name: 'forecast', arguments: ['{"city"', ':"Vienna', '"}'] },
    { id: 'call_b', name: 'time', arguments: [] },
  ]
  const { model } = await modelThat({ kind: 'says', calls })
  const { pieces, result } = await streamed(model)
  expect(textOf(pieces)).toBe('{"city":"Vienna"}')
  expect(pieces[0]).toEqual({
    kind: 'tool-input',
    callId: 'call_a',
    name: 'forecast',
    text: '{"city"',
  })
  expect(result).toMatchObject({
    content: '',
    toolCalls: [
      { id: 'call_a', name: 'forecast', arguments: '{"city":"Vienna"}' },
      { id: 'call_b', name: 'time', arguments: '{}' },
    ],
    finish: 'tool-calls',
  })
  expect(await model.create(requestOf())).toEqual(result)
})

test('calls without ids get ids of their own, the same when the turn runs again', async () => {
  const calls = [
    { name: 'forecast', arguments: ['{"city":"Vienna"}'] },
    { name: 'forecast', arguments: ['{"city":"Graz"}'] },
  ]
  const { model } = await modelThat({ kind: 'says', calls, finish: 'stop' })
  const { pieces, result } = await streamed(model)
  const ids = ['team/writer:3.0', 'team/writer:3.1']
  expect(result.toolCalls.map(({ id }) => id)).toEqual(ids)
  expect(pieces.map((piece) => 'callId' in piece && piece.callId)).toEqual(ids)
  expect(result.finish).toBe('tool-calls')
  expect(await model.create(requestOf())).toEqual(result)
})

const part = (call: object) => delta({ tool_calls: [call] })
test.each<[string, object[]]>([
  [
    'interleaved',
    [
      part({ index: 0, id: 'a', function: { name: 'one', arguments: '{' } }),
      part({ index: 1, id: 'b', function: { name: 'two', arguments: '{' } }),
      part({ index: 0, function: { arguments: '}' } }),
      part({ index: 1, function: { arguments: '}' } }),
    ],
  ],
  [
    'with their ids and names in each part',
    [
      part({ index: 0, id: 'a', function: { name: 'one', arguments: '{' } }),
      part({ index: 0, id: 'a', function: { name: 'one', arguments: '}' } }),
      part({ index: 1, id: 'b', function: { name: 'two', arguments: '{}' } }),
    ],
  ],
  [
    'all at the index 0',
    [
      part({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      part({ index: 0, id: 'b', function: { name: 'two', arguments: '{}' } }),
    ],
  ],
  [
    'without an index',
    [
      part({ id: 'a', function: { name: 'one', arguments: '{' } }),
      part({ function: { arguments: '}' } }),
      part({ id: 'b', function: { name: 'two', arguments: '{}' } }),
    ],
  ],
  [
    'with the name after the first part',
    [
      part({ index: 0, id: 'a', function: { arguments: '{' } }),
      part({ index: 0, function: { name: 'one', arguments: '}' } }),
      part({ index: 1, id: 'b', function: { name: 'two', arguments: '{}' } }),
    ],
  ],
])('calls %s are told apart', async (_, events) => {
  const { model } = await modelThat({ kind: 'events', events: [...events, end('tool_calls')] })
  const { pieces, result } = await streamed(model)
  expect(result.toolCalls).toEqual([
    { id: 'a', name: 'one', arguments: '{}' },
    { id: 'b', name: 'two', arguments: '{}' },
  ])
  for (const { id, name, arguments: all } of result.toolCalls) {
    const own = pieces.filter((piece) => 'callId' in piece && piece.callId === id)
    expect(own.map((piece) => 'name' in piece && piece.name)).toEqual(own.map(() => name))
    expect(textOf(own)).toBe(all)
  }
})

test('two calls with one id are told apart', async () => {
  const calls = ['one', 'two'].map((name) => ({ id: 'same', name, arguments: ['{}'] }))
  const { model } = await modelThat({ kind: 'says', calls })
  const { toolCalls } = await model.create(requestOf())
  expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2)
})

test.each([
  ['reasoning_content', { reasoning_content: 'Rain?' }],
  ['reasoning', { reasoning: 'Rain?' }],
  ['both', { reasoning: 'Rain?', reasoning_content: 'Rain?' }],
])('a thought comes under %s', async (_, thought) => {
  const events = [delta({ content: null, ...thought }), delta({ content: 'Yes.' }), end()]
  const { model } = await modelThat({ kind: 'events', events })
  const { pieces, result } = await streamed(model)
  expect(pieces).toEqual([
    { kind: 'thought', text: 'Rain?' },
    { kind: 'chunk', text: 'Yes.' },
  ])
  expect(result).toMatchObject({ thought: 'Rain?', content: 'Yes.' })
})

test('a refusal is the content, and the finish says so', async () => {
  const events = [delta({ refusal: 'I can’t ' }), delta({ refusal: 'help.' }), end()]
  const { model } = await modelThat({ kind: 'events', events })
  const { result } = await streamed(model)
  expect(result).toMatchObject({ content: 'I can’t help.', finish: 'content-filter' })
})

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['eos', 'unknown'],
])('the finish %s is %s', async (finish, kind) => {
  const { model } = await modelThat({ kind: 'says', text: ['x'], finish })
  expect((await streamed(model)).result.finish).toBe(kind)
  expect((await model.create(requestOf())).finish).toBe(kind)
})

test('no usage counts as 0, and so does one that is empty', async () => {
  for (const usage of [null, {}]) {
    const { model } = await modelThat({ kind: 'says', text: ['x'], usage })
    const none = { promptTokens: 0, completionTokens: 0 }
    expect((await streamed(model)).result.usage).toEqual(none)
    expect((await model.create(requestOf())).usage).toEqual(none)
  }
})

test('events without a choice and a stream without [DONE] do no harm', async () => {
  const events = [
    { choices: [] },
    delta({ content: 'x' }),
    { choices: [{ finish_reason: 'stop' }] },
  ]
  const { model } = await modelThat({ kind: 'events', events, end: 'closed' })
  expect((await streamed(model)).result.content).toBe('x')
})

test('of several answers, the first counts', async () => {
  const other = { choices: [{ index: 1, delta: { content: 'no' }, finish_reason: null }] }
  const { model } = await modelThat({
    kind: 'events',
    events: [delta({ content: 'yes' }), other, end()],
  })
  expect((await streamed(model)).result.content).toBe('yes')
})

test('an event of a megabyte comes whole', async () => {
  const text = 'ü'.repeat(1_000_000)
  const { model } = await modelThat({ kind: 'says', text: [text] })
  expect((await streamed(model)).result.content).toBe(text)
})

test('messages of all kinds are sent in its words', async () => {
  const { server, model } = await modelThat({ kind: 'says', text: ['ok'] })
  const picture = { kind: 'image', mediaType: 'image/png', data: 'iVBO' } as const
  const link = { kind: 'image-url', url: 'https://example.org/a.png' } as const
  await model.create(
    requestOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ kind: 'text', text: 'Look' }, picture, link], source: 'user' },
        { role: 'user', content: 'I see it.', source: 'critic' },
        { role: 'user', content: 'I too.', source: 'Zoë of Graz' },
        {
          role: 'assistant',
          content: '',
          thought: 'hm',
          source: 'writer',
          toolCalls: [{ id: 'a', name: 'draw', arguments: '{}' }],
        },
        {
          role: 'tool',
          results: [
            {
              callId: 'a',
              name: 'draw',
              content: [{ kind: 'text', text: 'drawn' }, picture],
              isError: false,
            },
            { callId: 'b', name: 'time', content: 'noon', isError: false },
          ],
        },
        { role: 'assistant', content: 'Done.', source: 'writer' },
      ],
    }),
  )
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }
  const linked = { type: 'image_url', image_url: { url: 'https://example.org/a.png' } }
  const draw = { id: 'a', type: 'function', function: { name: 'draw', arguments: '{}' } }
  const shows = { type: 'text', text: "What the tool 'draw' shows (call a):" }
  expect(server.asked[0]?.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Look' }, image, linked] },
    { role: 'user', content: 'I see it.', name: 'critic' },
    { role: 'user', content: 'I too.' },
    { role: 'assistant', content: null, tool_calls: [draw] },
    { role: 'tool', tool_call_id: 'a', content: 'drawn\n(a picture, which follows)' },
    { role: 'tool', tool_call_id: 'b', content: 'noon' },
    { role: 'user', content: [shows, image] },
    { role: 'assistant', content: 'Done.' },
  ])
})

test.each([
  ['prefix', [{ role: 'user', content: 'critic: Shorter.' }]],
  ['none', [{ role: 'user', content: 'Shorter.' }]],
  ['field', [{ role: 'user', content: 'Shorter.', name: 'critic' }]],
] as const)('who said it goes with the text as %s', async (sourceNames, messages) => {
  const server = await startOpenAIServer(() => ({ kind: 'says', text: ['ok'] }))
  const model = openaiModel({ model: 'small', baseURL: server.url, sourceNames })
  const said = { role: 'user', content: 'Shorter.', source: 'critic' } as const
  await model.create(requestOf({ messages: [said] }))
  expect(server.asked[0]?.messages).toEqual(messages)
})

test('tools, a choice and a schema are sent; without tools there is no choice', async () => {
  const { server, model } = await modelThat({ kind: 'says', text: ['{"n":1}'] })
  const tool = { name: 'forecast', description: 'Weather', parameters: { type: 'object' } }
  const closed = { additionalProperties: false, required: ['n'] }
  const output = { type: 'object', properties: { n: { type: 'number' } }, ...closed }
  await model.create(requestOf({ tools: [tool], toolChoice: 'required', output }))
  await model.create(requestOf({ tools: [], toolChoice: 'required', output: { type: 'object' } }))
  const [first, second] = server.asked
  expect(first?.tools).toEqual([{ type: 'function', function: tool }])
  expect(first?.tool_choice).toBe('required')
  expect(first?.response_format).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', schema: output, strict: true },
  })
  expect(second).not.toHaveProperty('tools')
  expect(second).not.toHaveProperty('tool_choice')
  expect(second?.response_format).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', schema: { type: 'object' } },
  })
})

test('more fields of the body go before heddle’s, and headers are sent', async () => {
  const server = await startOpenAIServer(() => ({ kind: 'says', text: ['x'] }))
  const model = openaiModel({
    model: 'small',
    baseURL: `${server.url}/`,
    headers: { 'x-team': 'red' },
    extraBody: { temperature: 0, model: 'other', stream_options: undefined },
  })
  await streamed(model)
  expect(server.asked[0]).toMatchObject({ temperature: 0, model: 'small', stream: true })
  expect(server.asked[0]).not.toHaveProperty('stream_options')
  expect(server.headers[0]).toMatchObject({ 'x-team': 'red' })
  expect(server.headers[0]).not.toHaveProperty('authorization')
})

test('tokens are estimated', () => {
  const model = openaiModel({ model: 'small', baseURL: 'http://127.0.0.1:9/v1' })
  const few = model.countTokens(requestOf().messages)
  const picture = { kind: 'image', mediaType: 'image/png', data: 'iVBO' } as const
  const seen = model.countTokens([{ role: 'user', content: [picture], source: 'user' }])
  const tools = [{ name: 'a', description: 'b', parameters: {} }]
  expect(few).toBeGreaterThan(0)
  expect(few).toBeLessThan(20)
  expect(seen).toBeGreaterThan(500)
  expect(model.countTokens(requestOf().messages, tools)).toBeGreaterThan(few)
})
