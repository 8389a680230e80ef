/** Servers that are like OpenAI, and not the same. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { clientOf, openaiModel } from '../../src/openai/openai-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { eventOf, type Reaction, startOpenAIServer } from '../fixtures/openai-server.ts'
import { requestOf, streamed } from './ask.ts'

async function modelThat(reaction: Reaction) {
  const server = await startOpenAIServer(() => reaction)
  return openaiModel({ model: 'small', baseURL: server.url, retries: 0 })
}

function wholeOf(message: object): Reaction {
  return { kind: 'sends', body: { choices: [{ index: 0, message, finish_reason: 'stop' }] } }
}

function eventsOf(delta: object): Reaction {
  return { kind: 'events', events: [eventOf('small', delta), eventOf('small', {}, 'stop')] }
}

const CONTENT = [
  { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
  { type: 'text', text: 'Good ' },
  { type: 'reference', reference_ids: [1] },
  { type: 'text', text: 'day' },
]

test('a content may be a list of parts', async () => {
  const result = { content: 'Good day', thought: 'hm', finish: 'stop' }
  const whole = await modelThat(wholeOf({ content: CONTENT }))
  expect(await whole.create(requestOf())).toMatchObject(result)
  const inPieces = await modelThat(eventsOf({ content: CONTENT }))
  expect((await streamed(inPieces)).result).toMatchObject(result)
})

test('a refusal may be a part', async () => {
  const model = await modelThat(wholeOf({ content: [{ type: 'refusal', refusal: 'No.' }] }))
  expect(await model.create(requestOf())).toMatchObject({
    content: 'No.',
    finish: 'content-filter',
  })
})

test('arguments may be an object', async () => {
  const said = {
    tool_calls: [{ index: 0, id: 'a', function: { name: 'go', arguments: { to: 1 } } }],
  }
  const toolCalls = [{ id: 'a', name: 'go', arguments: '{"to":1}' }]
  const whole = await modelThat(wholeOf(said))
  expect(await whole.create(requestOf())).toMatchObject({ toolCalls })
  const inPieces = await modelThat(eventsOf(said))
  expect((await streamed(inPieces)).result).toMatchObject({ toolCalls })
})

test.each<[string, object, object]>([
  ['an object', { error: { message: 'the model is not loaded' } }, { kind: 'server' }],
  ['a text', { error: 'the model is not loaded' }, { kind: 'server' }],
  ['a code', { error: { message: 'the model is not loaded', code: 400 } }, { kind: 'request' }],
])('an error with the status 200 is told: %s', async (_, body, fields) => {
  const model = await modelThat({ kind: 'sends', body })
  for (const ask of [() => model.create(requestOf()), () => streamed(model)]) {
    await expect(ask()).rejects.toMatchObject({
      code: 'HEDDLE_MODEL_FAILED',
      fields,
      message: expect.stringContaining('it answered with an error: the model is not loaded'),
    })
  }
})

test('an error in a stream may be a text', async () => {
  const model = await modelThat({ kind: 'events', events: [{ error: 'overloaded' }] })
  await expect(streamed(model)).rejects.toThrow('it broke off its answer with an error: overloaded')
})

test('a stream of nothing says so', async () => {
  const model = await modelThat({ kind: 'events', events: [] })
  await expect(streamed(model)).rejects.toThrow('sent a stream without an event')
})

test('comments in a stream show that its server lives', async () => {
  const began = Promise.withResolvers<ServerResponse>()
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify(eventOf('small', { content: 'One' }))}\n\n`)
    began.resolve(response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const clock = new ManualClock()
  const silences = vi.spyOn(clock, 'after')
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const model = clientOf({ model: 'small', baseURL, idleTimeoutMs: 5_000 }, clock)
  const asked = streamed(model)
  const response = await began.promise
  for (const count of [1, 2, 3]) {
    const timers = () => silences.mock.calls.filter(([ms]) => ms === 5_000)
    await vi.waitFor(() => expect(timers()).toHaveLength(count))
    clock.advance(4_000)
    if (count < 3) response.write(': keep-alive\n\n')
  }
  response.end(`data: ${JSON.stringify(eventOf('small', {}, 'stop'))}\n\ndata: [DONE]\n\n`)
  expect((await asked).result.content).toBe('One')
})
