import { expect, test } from 'vitest'
import type { ModelChunk, ModelMessage, ModelRequest } from '../../src/models/model.ts'
import { Scheduler } from '../../src/testing/scheduler.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'

const QUESTION: ModelMessage = { role: 'user', source: 'user', content: 'what is it?' }

function request(call = 0, more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [QUESTION], caller: { key: 'conv/writer', call }, ...more }
}

async function all(chunks: AsyncIterable<ModelChunk>): Promise<ModelChunk[]> {
  const found: ModelChunk[] = []
  for await (const chunk of chunks) found.push(chunk)
  return found
}

/** A clock that only the test moves. */
function handClock() {
  const timers: { ms: number; run: () => void }[] = []
  const after = (ms: number, run: () => void) => {
    const timer = { ms, run }
    timers.push(timer)
    return () => {
      const at = timers.indexOf(timer)
      if (at !== -1) timers.splice(at, 1)
    }
  }
  const clock = { now: () => 0, wallNow: () => 0, after, soon: (run: () => void) => run() }
  return { clock, timers }
}

test('a string is an answer without tool calls, with its words counted as tokens', async () => {
  const result = await scriptedModel(['it  is\na loom']).create(request())
  expect(result).toEqual({
    content: 'it  is\na loom',
    toolCalls: [],
    finish: 'stop',
    usage: { promptTokens: 3, completionTokens: 4 },
  })
})

test('the same call gets the same answer again, whichever calls came between', async () => {
  const model = scriptedModel(['first', 'second'])
  const contents = await Promise.all(
    [1, 0, 1, 0].map(async (call) => (await model.create(request(call))).content),
  )
  expect(contents).toEqual(['second', 'first', 'second', 'first'])
})

test('every caller begins at the first answer', async () => {
  const model = scriptedModel(['first'])
  for (const key of ['conv-1/writer', 'conv-2/writer', 'conv-2/critic']) {
    const { content } = await model.create(request(0, { caller: { key, call: 0 } }))
    expect(content).toBe('first')
  }
})

test('a call beyond the end of the list is refused with its caller and number', async () => {
  const model = scriptedModel(['only'], { name: 'short' })
  await expect(model.create(request(1))).rejects.toMatchObject({
    code: 'HEDDLE_NO_MORE_ANSWERS',
    fields: { model: 'short', caller: 'conv/writer', call: 1 },
  })
  await expect(all(model.stream(request(1)))).rejects.toMatchObject({
    code: 'HEDDLE_NO_MORE_ANSWERS',
  })
})

test('tool calls become JSON with ids of their own, and arguments that are a string stay as they are', async () => {
  const toolCalls = [
    { name: 'add', arguments: { a: 1 } },
    { name: 'broken', arguments: '{"a":', id: 'mine' },
  ]
  const { toolCalls: made, finish } = await scriptedModel([{ toolCalls }]).create(request())
  expect(finish).toBe('tool-calls')
  expect(made).toEqual([
    { id: 'conv/writer:0.0', name: 'add', arguments: '{"a":1}' },
    { id: 'mine', name: 'broken', arguments: '{"a":' },
  ])
})

test('thought, usage and finish are given as they are written', async () => {
  const usage = { promptTokens: 70, completionTokens: 7 }
  const answer = { content: 'so', thought: 'hm', usage, finish: 'length' } as const
  expect(await scriptedModel([answer]).create(request())).toEqual({ ...answer, toolCalls: [] })
})

test('an answer that fails rejects its call with the script’s own error, and no other call', async () => {
  const own = new RangeError('too much')
  const model = scriptedModel([{ fails: own }, { fails: 'overloaded' }, 'well again'])
  await expect(model.create(request(0))).rejects.toBe(own)
  await expect(model.create(request(1))).rejects.toThrow('overloaded')
  expect((await model.create(request(2))).content).toBe('well again')
})

test('a function answers by the request, at once or later', async () => {
  const model = scriptedModel(async ({ caller, messages }) => `${caller.key} ${messages.length}`)
  expect((await model.create(request(41))).content).toBe('conv/writer 1')
})

test('a stream yields the words with their white space, and last the result', async () => {
  const chunks = await all(scriptedModel([' it  is\na loom ']).stream(request()))
  const texts = chunks.flatMap((one) => (one.kind === 'chunk' ? [one.text] : []))
  expect(texts).toEqual([' it  ', 'is\n', 'a ', 'loom '])
  expect(chunks.at(-1)).toMatchObject({ kind: 'result', result: { content: ' it  is\na loom ' } })
})

test('requests are recorded as they were made, those that failed too, until a reset', async () => {
  const model = scriptedModel([{ fails: 'no' }, 'yes'])
  const messages = [QUESTION]
  await model.create(request(0, { messages })).catch(() => {})
  messages.push({ role: 'user', source: 'user', content: 'said later' })
  await all(model.stream(request(1)))
  expect(model.calls.map(({ caller }) => caller.call)).toEqual([0, 1])
  expect(model.calls[0]?.messages).toEqual([QUESTION])
  model.reset()
  expect(model.calls).toEqual([])
  expect((await model.create(request(1))).content).toBe('yes')
})

test('a delay is waited for before the answer, and before each chunk', async () => {
  const scheduler = new Scheduler(1)
  const clock = scheduler.clockFor({})
  const model = scriptedModel(['one two three'], { clock, delayMs: 1_000 })
  let began = clock.now()
  await model.create(request())
  expect(Math.round((clock.now() - began) / 1_000)).toBe(1)
  began = clock.now()
  await all(model.stream(request()))
  expect(Math.round((clock.now() - began) / 1_000)).toBe(4)
})

test('a request that is cancelled while its answer is delayed rejects with the reason, and leaves no timer', async () => {
  const { clock, timers } = handClock()
  const model = scriptedModel(['never'], { clock, delayMs: 50 })
  const control = new AbortController()
  const answer = model.create(request(0, { signal: control.signal }))
  expect(timers.map(({ ms }) => ms)).toEqual([50])
  control.abort('enough')
  await expect(answer).rejects.toBe('enough')
  expect(timers).toEqual([])
})

test('a stream that is cancelled between two chunks rejects with the reason', async () => {
  const control = new AbortController()
  const chunks = scriptedModel(['one two']).stream(request(0, { signal: control.signal }))
  const seen: ModelChunk[] = []
  const reading = (async () => {
    for await (const chunk of chunks) {
      seen.push(chunk)
      control.abort('enough')
    }
  })()
  await expect(reading).rejects.toBe('enough')
  expect(seen).toEqual([{ kind: 'chunk', text: 'one ' }])
})

test('a signal that is aborted already, or while the function works, rejects with its reason', async () => {
  const model = scriptedModel(() => new Promise<string>(() => {}))
  const gone = AbortSignal.abort('gone')
  await expect(model.create(request(0, { signal: gone }))).rejects.toBe('gone')
  const control = new AbortController()
  const answer = model.create(request(0, { signal: control.signal }))
  control.abort('enough')
  await expect(answer).rejects.toBe('enough')
})

test('by default it can do everything', () => {
  const everything = { tools: true, vision: true, structuredOutput: true }
  expect(scriptedModel([])).toMatchObject({ name: 'scripted', capabilities: everything })
  const plain = scriptedModel([], { capabilities: { tools: false }, contextTokens: 9 })
  expect(plain.capabilities).toEqual({ ...everything, tools: false })
  expect(plain.contextTokens).toBe(9)
})

test('words of all kinds of messages, and of tools, count', () => {
  const call = { id: '1', name: 'add', arguments: '{"a": 1}' }
  const result = { callId: '1', name: 'add', content: 'it is two', isError: false }
  const messages: ModelMessage[] = [
    { role: 'system', content: 'be brief' },
    {
      role: 'user',
      source: 'user',
      content: [
        { kind: 'text', text: 'see this' },
        { kind: 'image-url', url: 'x' },
      ],
    },
    { role: 'assistant', source: 'writer', content: 'well', toolCalls: [call], thought: 'hm hm' },
    { role: 'tool', results: [result] },
  ]
  const tools = [{ name: 'add', description: 'adds two', parameters: { type: 'object' } }]
  expect(scriptedModel([]).countTokens(messages)).toBe(2 + 3 + 6 + 3)
  expect(scriptedModel([]).countTokens([], tools)).toBe(4)
})
