/** A call goes to its server alone, with what the code gives and what is meant for that server. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openaiModel } from '../../src/openai/index.ts'
import { startOpenAIServer } from '../fixtures/openai-server.ts'
import { requestOf, streamed } from './ask.ts'

const OF_ENVIRONMENT = {
  OPENAI_API_KEY: 'sk-of-the-environment',
  OPENAI_ADMIN_KEY: 'sk-admin-of-the-environment',
  OPENAI_ORG_ID: 'org-of-the-environment',
  OPENAI_PROJECT_ID: 'project-of-the-environment',
  OPENAI_WEBHOOK_SECRET: 'hook-of-the-environment',
  OPENAI_CUSTOM_HEADERS: 'X-Gateway: gateway-of-the-environment\nno header\nX-Team: blue',
  OPENAI_BASE_URL: '',
  OPENAI_LOG: 'debug',
}

beforeEach(() => {
  for (const [name, value] of Object.entries(OF_ENVIRONMENT)) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** What the server gets of a call. */
async function sent(options: object, answer: object = { kind: 'says', text: ['x'] }) {
  const server = await startOpenAIServer(() => answer as never)
  const model = openaiModel({ model: 'small', baseURL: server.url, retries: 0, ...options })
  const error: unknown = await model.create(requestOf()).then(
    () => undefined,
    (one) => one,
  )
  const [headers] = server.headers as [IncomingHttpHeaders]
  return { headers, error, told: error && JSON.stringify([error, String(error)]) }
}

test('nothing of the environment goes to a URL in the code', async () => {
  const printed = vi.spyOn(console, 'debug')
  const { headers } = await sent({})
  expect(JSON.stringify(headers)).not.toContain('of-the-environment')
  expect(headers).not.toHaveProperty('x-team')
  expect(headers).not.toHaveProperty('authorization')
  expect(printed).not.toHaveBeenCalled()
})

test('the headers of the environment go where its key goes', async () => {
  const server = await startOpenAIServer(() => ({ kind: 'says', text: ['x'] }))
  vi.stubEnv('OPENAI_BASE_URL', server.url)
  await openaiModel({ model: 'small' }).create(requestOf())
  expect(server.headers[0]).toMatchObject({
    authorization: 'Bearer sk-of-the-environment',
    'x-gateway': 'gateway-of-the-environment',
    'x-team': 'blue',
  })
  expect(JSON.stringify(server.headers)).not.toMatch(/org-of|project-of|hook-of|admin-of/)
})

test('the account of the environment goes to OpenAI', async () => {
  const asked = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('no way out'))
  const model = openaiModel({ model: 'small', retries: 0 })
  await expect(model.create(requestOf())).rejects.toThrow('no way out')
  expect(asked.mock.calls[0]?.[1]?.headers).toMatchObject({
    authorization: 'Bearer sk-of-the-environment',
    'openai-organization': 'org-of-the-environment',
    'openai-project': 'project-of-the-environment',
    'x-team': 'blue',
  })
})

test('what the code gives counts before the environment', async () => {
  const server = await startOpenAIServer(() => ({ kind: 'says', text: ['x'] }))
  vi.stubEnv('OPENAI_BASE_URL', server.url)
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer of-the-environment\nX-Team: blue')
  await openaiModel({ model: 'm', apiKey: 'own', headers: { 'x-team': 'red' } }).create(requestOf())
  await openaiModel({ model: 'm', headers: { AUTHORIZATION: 'Bearer b' } }).create(requestOf())
  await openaiModel({ model: 'm' }).create(requestOf())
  expect(server.headers.map((one) => [one.authorization, one['x-team']])).toEqual([
    ['Bearer own', 'red'],
    ['Bearer b', 'blue'],
    ['Bearer of-the-environment', 'blue'],
  ])
})

test('no error has a header of the environment', async () => {
  const body = { error: { message: 'who is gateway-of-the-environment?' } }
  const { told } = await sent({}, { kind: 'sends', status: 401, body })
  expect(told).toContain('who is (hidden)?')
})

test.each([
  ['OPENAI_CUSTOM_HEADERS', 'x y: secret', "option 'OPENAI_CUSTOM_HEADERS.a text'"],
  ['OPENAI_CUSTOM_HEADERS', 'x-a: secret\u0000', "option 'OPENAI_CUSTOM_HEADERS.x-a'"],
  ['OPENAI_BASE_URL', 'not a url', "option 'OPENAI_BASE_URL' is a text"],
])('a variable that is odd is named, and not repeated: %s', (name, value, words) => {
  vi.spyOn(process, 'env', 'get').mockReturnValue({ ...process.env, [name]: value })
  const make = () => openaiModel({ model: 'small' })
  expect(make).toThrow(words)
  expect(make).not.toThrow('secret')
})

test.each<[string, object]>([
  ['a Headers', new Headers({ 'X-Team': 'red' })],
  ['a list of pairs', [['X-Team', 'red']]],
  ['an object', { 'X-Team': 'red' }],
])('headers may be %s', async (_, headers) => {
  expect((await sent({ headers })).headers['x-team']).toBe('red')
})

test.each<[string, unknown]>([
  ['a date', new Date(0)],
  ['a list of texts', ['x-team: red-secret']],
  ['null', null],
])('headers that are %s are refused', (_, headers) => {
  const make = () => openaiModel({ model: 'small', baseURL: 'http://h/v1', headers } as never)
  expect(make).toThrow("option 'headers'")
  expect(make).not.toThrow('secret')
})

test.each<[string, object, string]>([
  ['a function', { a: [{ b: () => 1 }] }, 'extraBody.a[0].b'],
  ['NaN', { temperature: Number.NaN }, 'extraBody.temperature'],
  ['a map', { a: new Map() }, 'extraBody.a'],
  ['a date', { a: new Date(0) }, 'extraBody.a'],
  ['a hole', { a: new Array(1) }, 'extraBody.a[0]'],
])('a body with %s is refused by its place', (_, extraBody, at) => {
  const make = () => openaiModel({ model: 'small', baseURL: 'http://h/v1', extraBody } as never)
  expect(make).toThrow(`option '${at}'`)
})

test('a body that is a part of itself is refused', () => {
  const extraBody: Record<string, unknown> = {}
  extraBody.again = extraBody
  expect(() => openaiModel({ model: 'small', baseURL: 'http://h/v1', extraBody })).toThrow(
    "option 'extraBody.again'",
  )
})

test('a model without a name is refused', () => {
  expect(() => openaiModel({ model: ' ', baseURL: 'http://h/v1' })).toThrow('is not blank')
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([301, 302, 303, 307, 308])('a redirect is not followed: %i', async (status) => {
  const other = await startOpenAIServer(() => ({ kind: 'says', text: ['of somebody else'] }))
  const home = await serve((_, response) => {
    response.writeHead(status, { location: `${other.url}/x?secret`, 'x-should-retry': 'true' })
    response.end()
  })
  const model = openaiModel({ model: 'm', baseURL: `${home}/v1`, apiKey: 'own', retries: 0 })
  for (const ask of [() => model.create(requestOf()), () => streamed(model)]) {
    const { origin } = new URL(other.url)
    await expect(ask()).rejects.toMatchObject({
      code: 'HEDDLE_MODEL_FAILED',
      fields: { kind: 'request', status, retryable: false },
      message: expect.stringMatching(
        new RegExp(`it answered ${status}, which redirects to ${origin}; .*: check baseURL \\(`),
      ),
    })
  }
  expect(other.asked).toEqual([])
})

test.each<[string, string]>([
  ['/v1/chat/completions', '/v1/chat/completions/chat/completions'],
  ['', '/chat/completions'],
])('a 404 names the URL that was called: for a baseURL with %j', async (path, called) => {
  const server = await startOpenAIServer(() => ({ kind: 'says' }))
  const home = server.url.replace('/v1', '')
  const model = openaiModel({ model: 'small', baseURL: `${home}${path}`, retries: 0 })
  await expect(model.create(requestOf())).rejects.toThrow(`it answered 404 for ${home}${called}`)
})
