/** The handler behind Node's own server and behind Hono: connections, slow readers, the end. */
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { httpHandler } from '../../src/http/index.ts'
import { closureAgent, defineMessage, SingleThreadedRuntime } from '../../src/index.ts'
import { forAllTests } from '../fixtures/http/runtime.ts'
import { allOf, eventsOf, NAMED } from '../fixtures/http/web.ts'

const runtime = forAllTests()

async function opened(server: Server): Promise<string> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function serverOf(handler: ReturnType<typeof httpHandler>): Promise<string> {
  const listener = getRequestListener((request, { incoming }) => {
    return handler(request, { address: incoming.socket.remoteAddress })
  })
  return opened(createServer(listener))
}

const publish = (url: string) => {
  return fetch(`${url}/topics/entry/web`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'entry', payload: { n: 1 } }),
  })
}

test('behind Node’s own server', async () => {
  const url = await serverOf(httpHandler(runtime(), NAMED))
  expect((await publish(url)).status).toBe(202)
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ready', reasons: [] })
  const evil = await fetch(`${url}/health`, { headers: { origin: 'https://evil.example' } })
  expect(evil.status).toBe(403)
})

test('mounted on Hono', async () => {
  const handler = httpHandler(runtime(), NAMED)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.mount('/heddle', (request, { incoming }: HttpBindings) => {
    return handler(request, { address: incoming.socket.remoteAddress })
  })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  if (!server.listening) await once(server, 'listening')
  const url = await opened(server)
  expect((await publish(`${url}/heddle`)).status).toBe(202)
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
})

const Go = defineMessage('go')

/** A task that goes on until it is told to end; it emits what it is told to. */
async function long() {
  const { promise: turn, resolve } = Promise.withResolvers<{ emit(event: unknown): void }>()
  const over = Promise.withResolvers<void>()
  const agent = closureAgent({
    type: 'long',
    handlers: (on) => [
      on(Go, async (_, own) => {
        resolve(own as never)
        await over.promise
      }),
    ],
  })
  const own = await SingleThreadedRuntime.start({ agents: [agent], report: 'off' })
  onTestFinished(async () => void (await own.stop({ deadlineMs: 0 })))
  const keep = { events: 200 }
  const handler = httpHandler(own, { topics: { go: [Go] }, keep })
  const url = await serverOf(handler)
  const response = await fetch(`${url}/topics/go/a`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'task' },
    body: JSON.stringify({ message: 'go' }),
  })
  const { task } = (await response.json()) as { task: string }
  return { url: `${url}/tasks/${task}/events`, turn: await turn, end: () => over.resolve(), own }
}

/** Resolves when all that is ready has been done. */
const settled = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a hundred readers that read nothing hold nothing, fall out of the window, and can go on', async () => {
  const { url, turn, end } = await long()
  const slow = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const request = get(url)
      onTestFinished(() => void request.destroy())
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return response.pause()
    }),
  )
  const before = process.memoryUsage()
  const text = 'x'.repeat(20_000)
  for (let at = 0; at < 2_000; at++) {
    turn.emit({ at, text })
    if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const after = process.memoryUsage()
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  expect(grown).toBeLessThan(150 * 2 ** 20) // the events are 40 MB for each reader
  end()
  const events = await allOf(eventsOf(new Response(slow[0] as never)))
  expect(events.some(({ event }) => event === 'reset')).toBe(true)
  expect(events.at(-1)?.event).toBe('ended')
})

test('readers that leave leave nothing behind, and the task goes on', async () => {
  const { url, turn, end, own } = await long()
  const handles = () =>
    process.getActiveResourcesInfo().filter((one) => /TCP(Server)?Wrap/.test(one)).length
  const before = handles()
  for (let round = 0; round < 5; round++) {
    const leaving = new AbortController()
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(url, { signal: leaving.signal })),
    )
    turn.emit({ round })
    leaving.abort()
    await Promise.allSettled(readers.map((one) => one.text()))
  }
  await settled(() => handles() <= before)
  expect(own.stats()).toMatchObject({ inFlight: 1 })
  end()
  const events = await allOf(eventsOf(await fetch(url)))
  expect(events.map(({ event }) => event)).toEqual(['', '', '', '', '', 'ended'])
})

test('a stop of the runtime ends its streams', async () => {
  const { url, own } = await long()
  const reading = fetch(url).then(eventsOf).then(allOf)
  await own.stop({ deadlineMs: 0 })
  const last = (await reading).at(-1)
  expect([last?.event, JSON.parse(last?.data ?? '')]).toEqual([
    'ended',
    expect.objectContaining({ stopReason: { kind: 'stopped' } }),
  ])
})
