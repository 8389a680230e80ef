/** How a UI message stream ends: with a failure, a cancellation, or without its reader. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { toUIMessageStream, toUIMessageStreamResponse } from '../../src/ai-sdk/index.ts'
import type { ModelClient } from '../../src/models/model.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { chunksOf, completed, itemsOf, messageOf, textsOf } from './ui-message.ts'

const SECRET = 'password: 1234'

/** An agent that says a word, and then fails or hangs. */
function speaker(ending: 'fails' | 'hangs') {
  const model: ModelClient = {
    ...scriptedModel([]),
    async *stream() {
      yield { kind: 'chunk', text: 'One ' }
      if (ending === 'hangs') await new Promise(() => {})
      throw new Error(SECRET)
    },
  }
  return assistantAgent({ name: 'agent', model, stream: 'chunks' })
}

describe('a failure', () => {
  test('takes back what was shown, and does not say why', async () => {
    const [stream, copy] = toUIMessageStream(speaker('fails').runStream({ task: 'count' })).tee()
    const errors: unknown[] = []
    const message = await messageOf(stream, (error) => errors.push(error))
    expect(errors).toEqual([new Error('An error occurred.')])
    expect(textsOf(message)).toEqual([])
    expect(message.metadata?.stopReason).toEqual({ kind: 'failed', source: 'agent' })
    const chunks = await chunksOf(copy)
    expect(JSON.stringify(chunks)).not.toContain(SECRET)
    expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason: 'error' })
  })

  test('says what onError says of it, unless that fails', async () => {
    const told = async (onError: (error: unknown) => string) => {
      const run = speaker('fails').runStream({ task: 'count' })
      const chunks = await chunksOf(toUIMessageStream(run, { onError }))
      return chunks.find((chunk) => chunk.type === 'error')?.errorText
    }
    expect(await told((error) => `Sorry: ${(error as Error).message}`)).toBe(`Sorry: ${SECRET}`)
    expect(
      await told(() => {
        throw new Error(SECRET)
      }),
    ).toBe('An error occurred.')
  })

  test.each<[string, () => AsyncIterable<RunItem>]>([
    ['a run that is refused', () => speaker('fails').runStream({ task: [] })],
    ['a stream without its result', () => itemsOf({ kind: 'speakers', source: 't', names: ['a'] })],
    ['an item that is none', () => itemsOf(7 as never)],
    [
      'a function that throws',
      () => {
        throw new Error(SECRET)
      },
    ],
  ])('of %s is a chunk, and the stream ends', async (_, begin) => {
    const chunks = await chunksOf(toUIMessageStream(begin))
    expect(chunks.slice(-2)).toEqual([
      { type: 'error', errorText: 'An error occurred.' },
      { type: 'finish', finishReason: 'error' },
    ])
  })

  test("in the user's own functions ends the run", async () => {
    let signal: AbortSignal | undefined
    const begin = (one: AbortSignal) => {
      signal = one
      return speaker('hangs').runStream({ task: 'count', signal: one })
    }
    const show = () => {
      throw new Error(SECRET)
    }
    const chunks = await chunksOf(toUIMessageStream(begin, { show }))
    expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason: 'error' })
    expect(signal?.aborted).toBe(true)
  })

  test.each([
    ['a promise', Promise.resolve(completed as TaskResult), 'run(…) gives its result alone'],
    ['nothing', undefined, 'runStream'],
  ])('of the caller, who gives %s, is thrown', (_, run, mend) => {
    expect(() => toUIMessageStream(run as never)).toThrow(mend)
    expect(() => toUIMessageStreamResponse(run as never)).toThrow('HEDDLE_INVALID_OPTION')
  })

  test('of an unknown option is thrown', () => {
    expect(() => toUIMessageStream(itemsOf(completed), { onErrors: String } as never)).toThrow(
      "did you mean 'onError'?",
    )
    const show = async () => true
    expect(() => toUIMessageStream(itemsOf(completed), { show } as never)).toThrow('async')
  })
})

test('a cancelled run ends with abort, and what was shown is taken back', async () => {
  const over = new AbortController()
  const run = speaker('hangs').runStream({ task: 'count', signal: over.signal })
  const reader = toUIMessageStream(run).getReader()
  const chunks: unknown[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    if (value.type === 'text-delta') over.abort('enough')
  }
  expect(chunks.slice(-4)).toEqual([
    { type: 'reset-step' },
    { type: 'finish-step' },
    { type: 'message-metadata', messageMetadata: expect.any(Object) },
    { type: 'abort', reason: 'enough' },
  ])
})

describe('a reader that leaves', () => {
  test('cancels a run that waits for its model, at once', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const model: ModelClient = {
      ...scriptedModel([]),
      async *stream({ signal }) {
        signal?.addEventListener('abort', () => cancelled.resolve(signal.reason))
        yield { kind: 'chunk', text: 'One ' }
        await new Promise(() => {})
      },
    }
    const agent = assistantAgent({ name: 'agent', model, stream: 'chunks' })
    const run = (signal: AbortSignal) => agent.runStream({ task: 'count', signal })
    const reader = toUIMessageStream(run).getReader()
    while ((await reader.read()).value?.type !== 'text-delta');
    const pending = reader.read()
    await reader.cancel('the page is closed')
    await pending
    expect(await cancelled.promise).toBe('the page is closed')
  })

  test('is no error, though nothing more comes of the run', async () => {
    const errors: unknown[] = []
    const ended = Promise.withResolvers<void>()
    async function* run(signal: AbortSignal): AsyncGenerator<RunItem> {
      try {
        yield { kind: 'chunk', source: 'a', messageId: '1', content: 'One' }
        await once(signal, 'abort')
        yield { kind: 'retracted', source: 'who has shown nothing' }
      } finally {
        ended.resolve()
      }
    }
    const reader = toUIMessageStream(run, {
      onError: (error) => `${errors.push(error)}`,
    }).getReader()
    while ((await reader.read()).value?.type !== 'text-delta');
    const pending = reader.read()
    await reader.cancel('the page is closed')
    await Promise.all([pending, ended.promise])
    // what is thrown into the stream comes after its generator has ended
    await new Promise(setImmediate)
    expect(errors).toEqual([])
  })

  test.each(['cancel', 'go-on'] as const)('and %s: the stream is told', async (ifReaderLeaves) => {
    const told = Promise.withResolvers<string>()
    async function* run(): AsyncGenerator<RunItem> {
      try {
        yield { kind: 'chunk', source: 'a', messageId: '1', content: 'One' }
        yield { kind: 'chunk', source: 'a', messageId: '1', content: 'two' }
        told.resolve('it went on')
        yield completed
      } finally {
        told.resolve('it was left')
      }
    }
    const reader = toUIMessageStream(run, { ifReaderLeaves }).getReader()
    while ((await reader.read()).value?.type !== 'text-delta');
    await reader.cancel()
    expect(await told.promise).toBe(ifReaderLeaves === 'go-on' ? 'it went on' : 'it was left')
  })
})

test('a reader that is slow is not run ahead of', async () => {
  let given = 0
  async function* run(): AsyncGenerator<RunItem> {
    for (; given < 1_000; given++) {
      yield { kind: 'chunk', source: 'a', messageId: '1', content: 'word ' }
    }
    yield completed
  }
  const stream = toUIMessageStreamResponse(run).body as ReadableStream<Uint8Array>
  const someTurns = async () => {
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await someTurns()
  expect(given).toBeLessThan(5) // the queues between the run and the reader
  const reader = stream.getReader()
  for (let read = 0; read < 10; read++) await reader.read()
  await someTurns()
  expect(given).toBeLessThan(20)
  await reader.cancel()
})

test("a response has the protocol's headers, and the caller's", async () => {
  const headers = { 'x-own': '1', 'cache-control': 'no-store' }
  const response = toUIMessageStreamResponse(itemsOf(completed), { headers, status: 201 })
  expect(response.status).toBe(201)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-vercel-ai-ui-message-stream': 'v1',
    'x-own': '1',
  })
  const lines = (await response.text()).split('\n\n')
  expect(lines[0]).toBe('data: {"type":"start"}')
  expect(lines.slice(-2)).toEqual(['data: [DONE]', ''])
})
