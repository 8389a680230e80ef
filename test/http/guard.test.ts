/** Who is let in, and what is never told. */
import { describe, expect, test } from 'vitest'
import { isLoopback } from '../../src/http/guard.ts'
import { type Access, type HttpOptions, httpHandler } from '../../src/http/index.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import { forAllTests } from '../fixtures/http/runtime.ts'
import { NAMED, webOf } from '../fixtures/http/web.ts'

const runtime = forAllTests()
const ROUTES: readonly (readonly [
  method: string,
  path: string,
  action: Access['action'],
  target: string,
])[] = [
  ['POST', '/topics/entry/a', 'publish', 'entry/a'],
  ['POST', '/agents/desk/a', 'send', 'desk/a'],
  ['POST', '/tools/double', 'tool', 'double'],
  ['GET', '/tasks/1', 'watch', '1'],
  ['GET', '/tasks/1/events', 'watch', '1'],
  ['DELETE', '/tasks/1', 'cancel', '1'],
  ['POST', '/teams/talk/a/runs', 'converse', 'talk/a'],
  ['GET', '/teams/talk/a/events', 'watch', 'talk/a'],
  ['POST', '/teams/talk/a/pause', 'converse', 'talk/a'],
  ['POST', '/teams/talk/a/resume', 'converse', 'talk/a'],
  ['POST', '/teams/talk/a/stop', 'converse', 'talk/a'],
  ['GET', '/teams/talk/a/state', 'watch', 'talk/a'],
  ['POST', '/chats/talk', 'converse', 'talk'],
  ['GET', '/chats/talk/a/stream', 'watch', 'talk/a'],
  ['GET', '/health', 'health', ''],
  ['GET', '/stats', 'operate', ''],
  ['GET', '/dead-letters', 'operate', ''],
  ['POST', '/dead-letters/replay', 'operate', ''],
  ['POST', '/dead-letters/discard', 'operate', ''],
  ['GET', '/nowhere', 'other', 'nowhere'],
  ['PUT', '/topics/entry/a', 'other', 'topics/entry/a'],
]

describe('without authorize', () => {
  test.each(ROUTES)('%s %s is refused to another machine', async (method, path) => {
    const { ask } = webOf(runtime())
    for (const peer of [{ address: '192.0.2.1' }, { address: 'localhost' }, {}, undefined]) {
      const told = await ask(method, path, { peer })
      expect(told).toMatchObject({ status: 403, json: { code: 'HEDDLE_HTTP_REFUSED' } })
      expect(told.json.detail).toContain('authorize')
    }
  })

  test.each([
    ['a page of another host', { origin: 'https://evil.example' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a name that leads here', { host: 'evil.example' }, 403],
    ['a name that looks like here', { host: 'localhost.evil.example' }, 403],
    ['a page of this machine', { origin: 'http://localhost:5173', host: '127.0.0.1:80' }, 200],
    ['IPv6', { origin: 'http://[::1]:5173', host: '[::1]:80' }, 200],
  ])('%s: %j', async (_, headers, status) => {
    const { ask } = webOf(runtime())
    expect(await ask('GET', '/health', { headers })).toMatchObject({ status })
  })

  test.each([
    ...['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'].map((one) => [one, true] as const),
    ...['10.0.0.1', '::ffff:10.0.0.1', '0.0.0.0', '::', '1270.0.0.1', ''].map(
      (one) => [one, false] as const,
    ),
  ])('%s is this machine: %s', (address, is) => expect(isLoopback(address)).toBe(is))
})

describe('with authorize', () => {
  const asking = (authorize: HttpOptions['authorize']) => {
    return webOf(runtime(), { ...NAMED, ...(authorize && { authorize }) })
  }

  test.each(ROUTES)('%s %s is seen as %s of %j', async (method, path, action, target) => {
    const seen: Access[] = []
    const { ask } = asking((_, access) => {
      seen.push(access)
      return false
    })
    expect(await ask(method, path, { peer: undefined })).toMatchObject({ status: 403 })
    expect(seen).toEqual([{ action, target }])
  })

  test('another machine is let in, and nobody for less than true', async () => {
    const peer = { address: '192.0.2.1' }
    expect((await asking(async () => true).ask('GET', '/health', { peer })).status).toBe(200)
    for (const less of [false, undefined, 1, 'yes', {}, null]) {
      const { ask } = asking(() => less as never)
      expect((await ask('GET', '/health', { peer })).status).toBe(403)
    }
  })

  test('its response is the answer', async () => {
    const { ask } = asking(() => new Response('who are you?', { status: 401 }))
    expect(await ask('GET', '/health')).toMatchObject({ status: 401, text: 'who are you?' })
  })

  test('what it throws refuses, and is not shown', async () => {
    const { ask } = asking(() => {
      throw new Error('the key is abc')
    })
    const told = await ask('GET', '/health')
    expect(told.status).toBe(500)
    expect(told.text).not.toContain('abc')
  })
})

test('what is not named can not be reached', async () => {
  const { ask } = webOf(runtime(), {})
  for (const path of [
    '/topics/entry/a',
    '/agents/desk/a',
    '/tools/double',
    '/teams/talk/a/runs',
    '/chats/talk',
  ]) {
    expect(await ask('POST', path, { body: {} }), path).toMatchObject({ status: 404 })
  }
  const body = { request: 'secret', payload: {} }
  const told = await webOf(runtime()).ask('POST', '/agents/desk/a', { body })
  expect(told).toMatchObject({
    status: 400,
    json: { detail: expect.stringContaining('sum, fail') },
  })
})

test.each([
  '/topics/entry/%',
  '/topics/entry/',
  '/topics//a',
  '/topics/entry/a/b',
  '//',
  '/../stats',
])('there is nothing at %s but an answer', async (path) => {
  const { status } = await webOf(runtime()).ask('POST', path, { body: {} })
  expect([404, 405]).toContain(status)
})

test('keys may have any characters', async () => {
  const { ask } = webOf(runtime())
  const body = { message: 'entry', payload: { n: 1 } }
  const key = encodeURIComponent('a/b c?ü')
  expect((await ask('POST', `/topics/entry/${key}`, { body })).status).toBe(202)
  const sum = { request: 'sum', payload: {} }
  expect((await ask('POST', `/agents/desk/${key}`, { body: sum })).json).toEqual({ reply: 1 })
})

test('a path before all routes', async () => {
  const { ask } = webOf(runtime(), { ...NAMED, basePath: '/api/heddle' })
  expect((await ask('GET', '/api/heddle/health')).status).toBe(200)
  for (const path of ['/health', '/api/heddle-health'])
    expect((await ask('GET', path)).status).toBe(404)
})

test('every answer is kept from caches, frames and guesses', async () => {
  const { ask } = webOf(runtime())
  for (const [method, path] of ROUTES) {
    const { headers } = await ask(method, path, { body: method === 'GET' ? undefined : {} })
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('x-frame-options'), path).toBe('DENY')
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
    expect(headers.get('cache-control'), path).toMatch(/^no-(store|cache)$/)
  }
})

test.each<[object, string]>([
  [{ topics: { entry: ['entry'] } }, 'topics.entry[0]'],
  [{ agents: { desk: {} } }, 'agents.desk'],
  [{ teams: ['talk'] }, 'teams[0]'],
  [{ tools: [() => 1] }, 'tools[0]'],
  [{ authorize: true }, 'authorize'],
  [{ basePath: 'api/' }, 'basePath'],
  [{ maxBodyBytes: 0 }, 'maxBodyBytes'],
  [{ keep: { ms: 0 } }, 'keep.ms'],
  [{ team: [] }, 'team'],
])('the option %j is refused', async (options, option) => {
  expect(() => httpHandler(runtime(), options)).toThrow(
    expect.objectContaining({
      code: 'HEDDLE_INVALID_OPTION',
      fields: expect.objectContaining({ option }),
    }),
  )
})

test('a runtime that has stopped says so', async () => {
  const stopped = await SingleThreadedRuntime.start()
  await stopped.stop()
  const { ask } = webOf(stopped, NAMED)
  expect(await ask('GET', '/health')).toMatchObject({ status: 503, json: { status: 'stopped' } })
  const body = { message: 'entry', payload: { n: 1 } }
  const told = await ask('POST', '/topics/entry/a', { body })
  expect(told).toMatchObject({ status: 503, json: { code: 'HEDDLE_STOPPED' } })
  expect(told.headers.get('retry-after')).toBe('1')
})
