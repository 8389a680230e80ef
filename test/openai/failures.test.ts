/** A provider that fails: what is tried again, what is said, and how long it is waited for. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { isHeddleError } from '../../src/errors.ts'
import { LONGEST_RETRY_AFTER_MS } from '../../src/models/attempts.ts'
import type { ModelClient, ModelRequest } from '../../src/models/model.ts'
import { clientOf, type OpenAIModelOptions } from '../../src/openai/openai-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { eventOf, type Reaction, startOpenAIServer } from '../fixtures/openai-server.ts'
import { requestOf, streamed } from './ask.ts'

const OK: Reaction = { kind: 'says', text: ['fine'] }

/** The server does these in turn, and then all is well. */
async function serverThat(
  reactions: readonly Reaction[],
  options: Partial<OpenAIModelOptions> = {},
) {
  const clock = new ManualClock()
  const server = await startOpenAIServer((_, nth) => reactions[nth] ?? OK)
  const model = clientOf({ model: 'small', baseURL: server.url, ...options }, clock)
  return { clock, server, model }
}

/** The timers of a call: its time, and one wait or silence. */
async function untilItWaits(clock: ManualClock, timers = 2): Promise<void> {
  await vi.waitFor(() => expect(clock.pending).toBe(timers))
}

type Ask = (model: ModelClient, request?: ModelRequest) => Promise<unknown>
const WAYS: [string, Ask][] = [
  ['whole', (model, request = requestOf()) => model.create(request)],
  ['in pieces', async (model, request) => (await streamed(model, request)).result],
]

const refused = (status: number, headers: Record<string, string> = {}): Reaction => {
  return { kind: 'sends', status, headers, body: { error: { message: 'not now', code: 'busy' } } }
}

test.each(WAYS)(
  'a call is made again after 429, 500 and a closed connection: %s',
  async (_, ask) => {
    const { clock, server, model } = await serverThat(
      [refused(429), refused(500), { kind: 'hangs-up' }],
      { retries: 3 },
    )
    const asked = ask(model)
    for (const count of [1, 2, 3]) {
      await server.askedTimes(count)
      await untilItWaits(clock)
      clock.advance(8_000)
    }
    expect(await asked).toMatchObject({ content: 'fine' })
    expect(server.asked).toHaveLength(4)
    expect(clock.pending).toBe(0)
  },
)

test.each([
  ['retry-after', '3', 3_000],
  ['retry-after', new Date(3_000).toUTCString(), 3_000],
  ['retry-after-ms', '250', 250],
])('%s: %s is waited for, no less', async (name, value, ms) => {
  const { clock, server, model } = await serverThat([refused(429, { [name]: value })])
  const asked = model.create(requestOf())
  await untilItWaits(clock)
  clock.advance(ms - 1)
  expect([clock.pending, server.asked.length]).toEqual([2, 1])
  clock.advance(1)
  expect(await asked).toMatchObject({ content: 'fine' })
})

test('a wait that is too long is not waited for', async () => {
  const seconds = LONGEST_RETRY_AFTER_MS / 1_000 + 1
  const { model } = await serverThat([refused(429, { 'retry-after': `${seconds}` })])
  await expect(model.create(requestOf())).rejects.toMatchObject({
    code: 'HEDDLE_MODEL_FAILED',
    fields: { kind: 'rate-limit', status: 429, retryable: true, retryAfterMs: seconds * 1_000 },
    message: expect.stringContaining('asks to wait 61000 ms'),
  })
})

test('a wait that is longer than the call has time for is not begun', async () => {
  const reaction = refused(429, { 'retry-after': '30' })
  const { clock, server, model } = await serverThat([reaction], { timeoutMs: 30_000 })
  await expect(model.create(requestOf())).rejects.toMatchObject({
    fields: { kind: 'rate-limit', retryable: true, retryAfterMs: 30_000 },
  })
  expect([server.asked.length, clock.pending]).toEqual([1, 0])
})

test('the last of the attempts is the error, and it counts them', async () => {
  const { clock, model } = await serverThat([refused(503), refused(503)], { retries: 1 })
  const asked = model.create(requestOf())
  asked.catch(() => {})
  await untilItWaits(clock)
  clock.advance(8_000)
  await expect(asked).rejects.toMatchObject({
    fields: { model: 'small', kind: 'server', status: 503, attempts: 2 },
    message:
      "the model 'small' failed, at the last of 2 attempts: it answered 503: not now (HEDDLE_MODEL_FAILED)",
  })
})

test.each([
  [400, 'request', 'not now'],
  [401, 'auth', 'check apiKey'],
  [404, 'request', 'check model, and baseURL'],
  [422, 'request', 'not now'],
])('%i is not tried again', async (status, kind, words) => {
  const { server, model } = await serverThat([refused(status)])
  await expect(model.create(requestOf())).rejects.toMatchObject({
    code: 'HEDDLE_MODEL_FAILED',
    fields: { kind, status, retryable: false },
    message: expect.stringContaining(words),
  })
  expect(server.asked).toHaveLength(1)
})

test('a quota that is spent is not tried again, nor what the provider says not to', async () => {
  const error = { message: 'no money', code: 'insufficient_quota' }
  const spent: Reaction = { kind: 'sends', status: 429, body: { error } }
  const final = refused(500, { 'x-should-retry': 'false' })
  for (const reaction of [spent, final]) {
    const { server, model } = await serverThat([reaction])
    await expect(model.create(requestOf())).rejects.toMatchObject({ fields: { retryable: false } })
    expect(server.asked).toHaveLength(1)
  }
})

test('a page of HTML as an error is cut short', async () => {
  const body = `<html>${'x'.repeat(5_000)}`
  const { model } = await serverThat([{ kind: 'sends', status: 502, body }], { retries: 0 })
  const error = await model.create(requestOf()).catch((one: Error) => one)
  expect((error as Error).message).toMatch(/^the model 'small' failed: it answered 502: <html>x/)
  expect((error as Error).message.length).toBeLessThan(700)
})

test('a server that does not run is named, with what to check', async () => {
  const model = clientOf(
    { model: 'small', baseURL: 'http://127.0.0.1:9/v1', retries: 0 },
    new ManualClock(),
  )
  await expect(model.create(requestOf())).rejects.toMatchObject({
    fields: { kind: 'connection', retryable: true },
    message: expect.stringMatching(/no connection to http:\/\/127\.0\.0\.1:9\/v1: .+check baseURL/),
  })
})

test('a connection that is closed before the answer begins is said to have broken', async () => {
  const { model } = await serverThat([{ kind: 'hangs-up' }], { retries: 0 })
  await expect(model.create(requestOf())).rejects.toMatchObject({
    fields: { kind: 'connection', retryable: true },
    message: expect.stringMatching(/the connection to http:.+ broke: /),
  })
})

const said = eventOf('small', { content: 'Once' })

test('a stream that has shown nothing is begun again when it is cut off', async () => {
  const cut: Reaction = {
    kind: 'events',
    events: [eventOf('small', { role: 'assistant' })],
    end: 'cut',
  }
  const day = 86_400_000
  const limits = { timeoutMs: day, idleTimeoutMs: day }
  const { clock, server, model } = await serverThat([cut], limits)
  const asked = streamed(model)
  await vi.waitFor(() => {
    clock.advance(8_000)
    expect(server.asked).toHaveLength(2)
  })
  expect((await asked).result.content).toBe('fine')
})

test.each(['cut', 'closed', 'done'] as const)(
  'a stream that ends in the middle fails, and is not begun again: %s',
  async (end) => {
    const { server, model } = await serverThat([{ kind: 'events', events: [said], end }])
    await expect(streamed(model)).rejects.toMatchObject({
      code: 'HEDDLE_MODEL_FAILED',
      fields: { kind: 'connection', retryable: true },
      message: expect.stringMatching(/broke/),
    })
    expect(server.asked).toHaveLength(1)
  },
)

test('a stream that stalls ends at its limit of silence, and its connection is closed', async () => {
  const { clock, server, model } = await serverThat(
    [{ kind: 'events', events: [said, said], end: 'stalled' }],
    { idleTimeoutMs: 5_000 },
  )
  const parts = model.stream?.(requestOf())[Symbol.asyncIterator]()
  expect(await parts?.next()).toMatchObject({ value: { text: 'Once' } })
  expect(await parts?.next()).toMatchObject({ value: { text: 'Once' } })
  expect(clock.pending).toBe(1) // whoever is slow to read is not silent
  const next = parts?.next()
  next?.catch(() => {})
  await untilItWaits(clock)
  clock.advance(5_000)
  await expect(next).rejects.toMatchObject({
    fields: { kind: 'timeout', retryable: false },
    message: expect.stringContaining('it was silent for 5000 ms; raise idleTimeoutMs'),
  })
  await server.left
  expect(clock.pending).toBe(0)
})

test.each(WAYS)('a call that is never answered ends at its time: %s', async (_, ask) => {
  const { clock, server, model } = await serverThat([{ kind: 'silent' }], { timeoutMs: 7_000 })
  const asked = ask(model)
  asked.catch(() => {})
  await server.askedTimes(1)
  clock.advance(7_000)
  await expect(asked).rejects.toMatchObject({
    fields: { kind: 'timeout' },
    message: expect.stringContaining('it did not answer within 7000 ms; raise timeoutMs'),
  })
  await server.left
})

test.each(WAYS)(
  'an aborted call rejects with the reason, and closes its connection: %s',
  async (_, ask) => {
    const { clock, server, model } = await serverThat([{ kind: 'silent' }])
    const ending = new AbortController()
    const asked = ask(model, requestOf({ signal: ending.signal }))
    asked.catch(() => {})
    await server.askedTimes(1)
    const reason = new Error('nobody waits')
    ending.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await server.left
    expect(clock.pending).toBe(0)
  },
)

test('an abort in the middle of a stream, before a call, and between attempts', async () => {
  const reason = new Error('nobody waits')
  const stalled: Reaction = { kind: 'events', events: [said], end: 'stalled' }
  const { clock, server, model } = await serverThat([stalled, refused(500)])
  const ending = new AbortController()
  const parts = model.stream?.(requestOf({ signal: ending.signal }))[Symbol.asyncIterator]()
  await parts?.next()
  const next = parts?.next()
  next?.catch(() => {})
  await untilItWaits(clock)
  ending.abort(reason)
  await expect(next).rejects.toBe(reason)
  await server.left

  await expect(model.create(requestOf({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  expect(server.asked).toHaveLength(1)

  const waiting = new AbortController()
  const asked = model.create(requestOf({ signal: waiting.signal }))
  asked.catch(() => {})
  await untilItWaits(clock)
  waiting.abort(reason)
  await expect(asked).rejects.toBe(reason)
  expect([server.asked.length, clock.pending]).toEqual([2, 0])
})

test('whoever stops reading closes the connection', async () => {
  const stalled: Reaction = { kind: 'events', events: [said], end: 'stalled' }
  const { clock, server, model } = await serverThat([stalled])
  for await (const part of model.stream?.(requestOf()) ?? []) {
    expect(part).toMatchObject({ text: 'Once' })
    break
  }
  await server.left
  expect(clock.pending).toBe(0)
})

test('an abort before the end of a stream is an abort, though the answer was whole', async () => {
  const events = [said, eventOf('small', {}, 'stop')]
  const { clock, model } = await serverThat([{ kind: 'events', events, end: 'stalled' }])
  const ending = new AbortController()
  const parts = model.stream?.(requestOf({ signal: ending.signal }))[Symbol.asyncIterator]()
  await parts?.next()
  const next = parts?.next()
  next?.catch(() => {})
  await untilItWaits(clock)
  ending.abort('enough')
  await expect(next).rejects.toBe('enough')
})

test('an answer that its server gives up is none', async () => {
  const events = [said, eventOf('small', {}, 'error')]
  const { model } = await serverThat([{ kind: 'events', events }])
  await expect(streamed(model)).rejects.toMatchObject({ fields: { kind: 'server' } })
})

test('an error in the middle of a stream has the provider’s words', async () => {
  const events = [said, { error: { message: 'out of memory', code: 500 } }]
  const { model } = await serverThat([{ kind: 'events', events }])
  await expect(streamed(model)).rejects.toMatchObject({
    fields: { kind: 'server' },
    message: expect.stringContaining('broke off its answer with an error: out of memory'),
  })
})

test.each<[string, Reaction, string]>([
  ['bad JSON in a stream', { kind: 'events', events: ['{"choi'] }, 'JSON that can not be parsed'],
  ['an event of another shape', { kind: 'events', events: [{ answer: 42 }] }, 'choices:'],
  ['an event that is a number', { kind: 'events', events: ['42'] }, '42 that is none'],
  [
    'content that is no text',
    { kind: 'events', events: [eventOf('small', { content: { a: 1 } })] },
    'choices.0.delta.content:',
  ],
  [
    'a call without a name',
    {
      kind: 'events',
      events: [
        eventOf('small', { tool_calls: [{ index: 0, id: 'a', function: { arguments: '{}' } }] }),
        eventOf('small', {}, 'tool_calls'),
      ],
    },
    'a tool call without a name',
  ],
  [
    'a page and not a stream',
    { kind: 'sends', headers: { 'content-type': 'text/html' }, body: '<html>' },
    "'text/html' and not a stream of events; check baseURL",
  ],
])('%s is HEDDLE_MODEL_ANSWER', async (_, reaction, words) => {
  const printed = vi.spyOn(console, 'error')
  onTestFinished(() => printed.mockRestore())
  const { server, model } = await serverThat([reaction])
  await expect(streamed(model)).rejects.toMatchObject({
    code: 'HEDDLE_MODEL_ANSWER',
    fields: { agent: 'team/writer' },
    message: expect.stringContaining(`the server of 'small' sent`),
  })
  const again = await serverThat([reaction])
  await expect(streamed(again.model)).rejects.toThrow(words)
  expect(printed).not.toHaveBeenCalled()
  expect(server.asked).toHaveLength(1)
})

test.each<[string, object | string, string]>([
  ['bad JSON', '{"choi', 'JSON that can not be parsed'],
  ['no choices', { choices: [] }, 'choices'],
  ['another shape', { answer: 42 }, 'choices:'],
  ['no body', '', 'an answer without a body; check baseURL'],
])('a whole answer with %s is HEDDLE_MODEL_ANSWER', async (_, body, words) => {
  const { model } = await serverThat([{ kind: 'sends', body }])
  const error: unknown = await model.create(requestOf()).catch((one) => one)
  expect(isHeddleError(error, 'HEDDLE_MODEL_ANSWER')).toBe(true)
  expect((error as Error).message).toContain(words)
})

test('a whole answer that is a page is HEDDLE_MODEL_ANSWER', async () => {
  const page = { headers: { 'content-type': 'text/html' }, body: '<html>hello' }
  const { model } = await serverThat([{ kind: 'sends', ...page }])
  await expect(model.create(requestOf())).rejects.toMatchObject({ code: 'HEDDLE_MODEL_ANSWER' })
})

test('no error has the key or a header, even if the provider repeats them', async () => {
  const apiKey = 'sk-very-secret-1'
  const headers = { 'x-pass': 'swordfish-99' }
  const body = { error: { message: `the key ${apiKey} with swordfish-99 is unknown` } }
  const { server, model } = await serverThat([{ kind: 'sends', status: 401, body }], {
    apiKey,
    headers,
  })
  const error = (await model.create(requestOf()).catch((one) => one)) as Error
  expect(server.headers[0]).toMatchObject({ authorization: `Bearer ${apiKey}`, ...headers })
  const told = JSON.stringify([error, error.message, error.stack, error.cause ?? null])
  expect(told).toContain('(hidden)')
  expect(told).not.toMatch(/sk-very-secret-1|swordfish/)
})
