/** A server by streamable HTTP, called directly: what it gives, and what goes wrong. */
import { expect, test } from 'vitest'
import { type McpResult, mcpServer } from '../../src/mcp/index.ts'
import { openHttpServer } from '../fixtures/mcp/http-server.ts'

const TOKEN = 'Bearer abcdefgh-0123'

async function open() {
  const http = await openHttpServer()
  const headers = { authorization: TOKEN }
  return { http, server: mcpServer({ name: 'web', url: http.url, headers }) }
}
const textOf = ({ parts: [first] }: McpResult) => (first?.kind === 'text' ? first.text : undefined)

test('is called with its headers, in one session, and without a stream beside the calls', async () => {
  const { http, server } = await open()
  expect((await server.list()).map(({ name }) => name)).toContain('echo')
  expect(textOf(await server.call('echo', { a: 1 }))).toBe('{"a":1}')
  expect(http.requests).toEqual([
    'POST initialize',
    'POST notifications/initialized',
    'POST tools/list',
    'POST tools/call',
  ])
  expect(http.headers.every(({ authorization }) => authorization === TOKEN)).toBe(true)
})

test('shows progress, and its list is asked for each time', async () => {
  const { server } = await open()
  const progress: unknown[] = []
  await server.call('progress', {}, { onProgress: (value) => void progress.push(value) })
  expect(progress).toHaveLength(2)
  const before = await server.list()
  await server.call('grow')
  expect(await server.list()).toHaveLength(before.length + 1)
})

test.each([
  ['drops', 'closed'],
  ['no-answer', 'closed'],
  ['endless', 'protocol'],
  [{ status: 404, body: 'gone' }, 'closed'],
  [{ status: 500, body: TOKEN }, 'refused'],
  [{ status: 200, body: '<html>' }, 'protocol'],
  [{ status: 401, body: TOKEN }, 'refused'],
] as const)(
  'a call that is answered by %j is of the kind %s, and the next one is well',
  async (react, kind) => {
    const { http, server } = await open()
    await server.call('echo')
    http.react = react
    const failed = await server.call('echo').catch((error) => error)
    expect(failed).toMatchObject({ code: 'HEDDLE_MCP_FAILED', fields: { kind, tool: 'echo' } })
    expect(JSON.stringify([failed, failed.message, failed.stack])).not.toContain('abcdefgh')
    expect(textOf(await server.call('echo'))).toBe('{}')
    expect(http.requests.filter((one) => one === 'POST tools/call')).toHaveLength(3)
  },
)

test.each(['not-json', 'no-message', 'wrong-id', 'shape', 'misfit', 'huge'])(
  'a call that ends by %s is of the kind protocol, and the next one is well',
  async (name) => {
    const { server } = await open()
    await server.list()
    const failed = await server.call(name).catch((error) => error)
    expect(failed).toMatchObject({ fields: { kind: 'protocol', tool: name } })
    expect(textOf(await server.call('echo'))).toBe('{}')
  },
)

test('a stream that is broken ends its call alone', async () => {
  const { server } = await open()
  const held = server.call('held')
  await server.call('echo')
  await expect(server.call('die')).rejects.toMatchObject({ fields: { kind: 'closed' } })
  await server.call('release')
  expect(textOf(await held)).toBe('released')
})

test('a session that the server has forgotten is begun again', async () => {
  const { http, server } = await open()
  await server.call('echo')
  http.forget()
  await expect(server.call('echo')).rejects.toMatchObject({ fields: { kind: 'closed' } })
  expect(textOf(await server.call('echo'))).toBe('{}')
  expect(http.requests.filter((one) => one === 'POST initialize')).toHaveLength(2)
})

test('a call is cancelled there when its signal aborts', async () => {
  const { http, server } = await open()
  const ending = new AbortController()
  const hanging = server.call('hang', {}, { signal: ending.signal })
  await server.call('echo')
  ending.abort('enough')
  await expect(hanging).rejects.toBe('enough')
  await server.call('echo')
  expect(http.requests).toContain('POST notifications/cancelled')
})

test('a server that can not be reached any more is shown with the tools that it had', async () => {
  const { http, server } = await open()
  const before = await server.list()
  http.close()
  expect(await server.list()).toBe(before)
  await expect(server.call('echo')).rejects.toMatchObject({ fields: { kind: 'connect' } })
})

test('a URL where nobody answers is an error of the kind connect', async () => {
  const server = mcpServer({ name: 'none', url: 'http://127.0.0.1:1/mcp?key=abcdefgh' })
  const failed = await server.call('x').catch((error) => error)
  expect(failed.fields).toMatchObject({ kind: 'connect', retryable: true })
  expect(failed.message).toContain('no connection to http://127.0.0.1:1/mcp:')
  expect(failed.message).not.toContain('abcdefgh')
})

test('a URL where no server of MCP is says what it has answered', async () => {
  const http = await openHttpServer()
  const server = mcpServer({ name: 'none', url: http.url.replace('/mcp', '/none') })
  const failed = await server.call('echo').catch((error) => error)
  expect(failed.fields).toMatchObject({ kind: 'connect', retryable: false })
  expect(failed.message).toContain('/none answered 404; check url')
})
