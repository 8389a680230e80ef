/** Bodies that are too large, malformed, or never end. */
import { expect, test } from 'vitest'
import { httpHandler } from '../../src/http/index.ts'
import { forAllTests } from '../fixtures/http/runtime.ts'
import { HERE, NAMED, webOf } from '../fixtures/http/web.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const runtime = forAllTests()

test.each([
  ['no JSON', '{', 400, 'no JSON'],
  ['no object', '[1]', 400, 'an object'],
  ['a number', '5', 400, 'an object'],
  ['an unknown member', '{"message":"entry","payload":{"n":1},"to":"x"}', 400, "not 'to'"],
  ['no message', '{}', 400, 'must be one of: entry'],
  ['an odd id', '{"message":"entry","payload":{"n":1},"id":5}', 400, "'id'"],
  ['an odd time', '{"message":"entry","payload":{"n":1},"ttlMs":-1}', 400, "'ttlMs'"],
  [
    'too much',
    `{"message":"entry","payload":{"n":1,"x":"${'x'.repeat(2 ** 20)}"}}`,
    413,
    '1048576',
  ],
])('a body with %s is refused', async (_, body, status, part) => {
  const told = await webOf(runtime()).ask('POST', '/topics/entry/a', { body })
  expect(told).toMatchObject({ status, json: { status } })
  expect(told.json.detail).toContain(part)
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
  'a body of the type %j is refused, since any page can send it',
  async (type) => {
    const headers = { 'content-type': type }
    const told = await webOf(runtime()).ask('POST', '/topics/entry/a', { body: '{}', headers })
    expect(told).toMatchObject({ status: 415, json: { code: 'HEDDLE_HTTP_REFUSED' } })
  },
)

function postOf(body: ReadableStream<Uint8Array>): Request {
  const headers = { 'content-type': 'application/json' }
  return new Request('http://localhost/topics/entry/a', {
    ...{ method: 'POST', headers, body, duplex: 'half' },
  } as RequestInit)
}

test('a body that never ends is not waited for', async () => {
  const clock = new ManualClock()
  const handler = httpHandler(runtime(), { ...NAMED, clock, bodyTimeoutMs: 500 })
  let isCancelled = false
  const { promise: isRead, resolve } = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: () => {
        resolve()
        return new Promise(() => {})
      },
      cancel: () => {
        isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const answer = handler(postOf(body), HERE)
  await isRead
  clock.advance(499)
  expect(clock.pending).toBe(1)
  clock.advance(1)
  expect((await answer).status).toBe(408)
  expect(isCancelled).toBe(true)
  expect(clock.pending).toBe(0)
})

test('no more of a body is read than the bound', async () => {
  const handler = httpHandler(runtime(), { ...NAMED, maxBodyBytes: 10_000 })
  let given = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        given += 1_000
        controller.enqueue(new Uint8Array(1_000).fill(32))
      },
    },
    { highWaterMark: 0 },
  )
  expect((await handler(postOf(body), HERE)).status).toBe(413)
  expect(given).toBeLessThan(13_000)
})

test('a body that is no UTF-8, or cut off, is refused', async () => {
  const handler = httpHandler(runtime(), NAMED)
  const bytes = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(new Uint8Array([0x7b, 0xff, 0x7d]))
      controller.close()
    },
  })
  expect((await handler(postOf(bytes), HERE)).status).toBe(400)
})
