/** What is refused when a server is defined; no value of a secret is repeated. */
import { expect, test } from 'vitest'
import { type McpAddress, type McpCommand, mcpServer } from '../../src/mcp/index.ts'

const where: McpCommand = { name: 'files', command: 'x' }
const web: McpAddress = { name: 'web', url: 'https://mcp.example.com/mcp' }
const KEY = 'sk-hunter2-hunter2'

test.each([
  [{ ...where, name: '' }, 'name'],
  [{ name: 'files' }, 'command'],
  [{ ...where, args: 'a b' }, 'args'],
  [{ ...where, args: [1] }, 'args[0]'],
  [{ ...where, env: KEY }, 'env'],
  [{ ...where, env: { KEY: undefined } }, 'env.KEY'],
  [{ ...where, cwd: 1 }, 'cwd'],
  [{ ...where, key: KEY }, 'key'],
  [{ ...web, url: KEY }, 'url'],
  [{ ...web, url: 'file:///x' }, 'url'],
  [{ ...web, url: `https://user:${KEY}@mcp.example.com/mcp` }, 'url'],
  [{ ...web, headers: KEY }, 'headers'],
  [{ ...web, headers: { authorization: `${KEY}\n` } }, 'headers.authorization'],
  [{ ...web, headers: { 'a b': KEY } }, 'headers.a b'],
  [{ ...web, command: 'x' }, 'command'],
  [{ ...web, timeoutMs: 1 }, 'timeoutMs'],
  [{ ...web, headers: new Headers({ authorization: KEY }) }, 'headers'],
  [{ ...where, env: { KEY: `${KEY}\0` } }, 'env.KEY'],
  [KEY, 'options'],
  [undefined, 'options'],
])('%j is refused at its %s', (given, option) => {
  const error = caught(() => mcpServer(given as never))
  expect(error).toMatchObject({ code: 'HEDDLE_INVALID_OPTION', fields: { option } })
  expect(JSON.stringify([error, String(error)])).not.toContain(KEY)
})

test.each([
  [{ prefix: 'a b' }, 'prefix'],
  [{ prefix: 3 }, 'prefix'],
  [{ tools: 'all' }, 'tools'],
  [{ tools: async () => true }, 'tools'],
  [{ mode: 'alone' }, 'mode'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ maxTimeoutMs: '1' }, 'maxTimeoutMs'],
  [{ connectTimeoutMs: -1 }, 'connectTimeoutMs'],
  [{ version: '2025-06-18' }, 'version'],
  [{ timeout: 1 }, 'timeout'],
])('the option %j is refused', (options, option) => {
  expect(caught(() => mcpServer(where, options as never))).toMatchObject({
    code: 'HEDDLE_INVALID_OPTION',
    fields: { option },
  })
})

test.each([
  [{ signal: 'x' }, 'signal'],
  [{ progress: () => {} }, 'progress'],
  [{ onProgress: 1 }, 'onProgress'],
])('a call is refused with the option %j', async (options, option) => {
  await expect(mcpServer(where).call('x', {}, options as never)).rejects.toMatchObject({
    code: 'HEDDLE_INVALID_OPTION',
    fields: { option },
  })
})

test('the list takes a signal, and no options', async () => {
  await expect(mcpServer(where).list({ signal: 1 } as never)).rejects.toMatchObject({
    code: 'HEDDLE_INVALID_OPTION',
    fields: { option: 'signal' },
  })
})

test('a server is a frozen source of tools', () => {
  const server = mcpServer({ ...where, env: 'inherit' })
  expect(server).toMatchObject({ kind: 'tool-source', name: 'files' })
  expect(Object.isFrozen(server)).toBe(true)
})

function caught(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
