/** A server by stdio, called directly: what it gives, and what goes wrong. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type McpResult, mcpServer } from '../../src/mcp/index.ts'
import { toolsOf } from '../../src/mcp/mcp-tool.ts'

const PROGRAM = fileURLToPath(new URL('../fixtures/mcp/stdio-server.ts', import.meta.url))
const SECRET = 'hunter2-hunter2'

function serverOf(start: string, env: Record<string, string> = {}) {
  const where = { name: 'scripted', command: process.execPath, args: [PROGRAM, start], env }
  return mcpServer(where, { timeoutMs: 20_000 })
}
const textOf = ({ parts: [first] }: McpResult) => (first?.kind === 'text' ? first.text : undefined)

function cyclic(): Record<string, unknown> {
  const args: Record<string, unknown> = {}
  args.args = args
  return args
}

describe('a call', () => {
  const server = serverOf('calls', { SECRET })

  test('gives what the tool gives', async () => {
    const result = await server.call('echo', { a: [1, 'two'] })
    expect(result).toEqual({ parts: [{ kind: 'text', text: '{"a":[1,"two"]}' }], isError: false })
  })

  test('gives pictures, and words for what a model can not be shown', async () => {
    const { parts } = await server.call('parts')
    expect(parts).toEqual([
      { kind: 'text', text: 'a picture:' },
      { kind: 'image', mediaType: 'image/png', data: 'AAAA' },
      { kind: 'text', text: "(audio of the type audio/wav, which can't be shown)" },
      { kind: 'text', text: '(a link to file:///a: a, the first)' },
      { kind: 'text', text: 'what b holds' },
      { kind: 'image', mediaType: 'image/png', data: 'BBBB' },
      { kind: 'text', text: "(the resource file:///d of the type a/b, which can't be shown)" },
    ])
  })

  test('gives structured content, and its JSON where there is nothing else', async () => {
    const parts = [{ kind: 'text', text: '{"n":1}' }]
    expect(await server.call('structured')).toEqual({ parts, structured: { n: 1 }, isError: false })
    expect(textOf(await server.call('empty'))).toBe('(nothing)')
  })

  test('tells an error of the tool as its result', async () => {
    const parts = [{ kind: 'text', text: 'it went wrong' }]
    expect(await server.call('fail')).toEqual({ parts, isError: true })
  })

  test('is checked without the patterns of its server, which may never end', async () => {
    const { structured } = await server.call('pattern', { isRight: true })
    expect(structured).toMatchObject({ pattern: 1 })
    await expect(server.call('pattern')).rejects.toMatchObject({ fields: { kind: 'protocol' } })
  })

  test.each([
    ['a function', { f: () => 1 }],
    ['a bigint', { n: 1n }],
    ['a symbol', { s: Symbol('s') }],
    ['itself', cyclic()],
  ])('with %s is refused, and ends no other', async (_, args) => {
    const pid = textOf(await server.call('pid'))
    await expect(server.call('echo', args)).rejects.toMatchObject({
      code: 'HEDDLE_TOOL_ARGUMENTS',
      fields: { tool: 'echo' },
    })
    expect(textOf(await server.call('pid'))).toBe(pid)
  })

  test('that shows too much progress has some of it left out, and never the last', async () => {
    const steps: number[] = []
    const onProgress = (value: unknown) => steps.push((value as { progress: number }).progress)
    await server.call('flood', {}, { onProgress })
    expect(steps.length).toBeLessThan(2_500)
    expect(steps.at(-1)).toBe(5_000)
  })

  test('shows each progress before its result, also those that come together with it', async () => {
    const progress: unknown[] = []
    await server.call('progress', {}, { onProgress: (value) => void progress.push(value) })
    expect(progress).toEqual([
      { progress: 1, total: 2, message: 'step 1' },
      { progress: 2, total: 2, message: 'step 2' },
    ])
  })

  test.each([
    ['misfit', 'protocol', 'does not match the tool'],
    ['shape', 'protocol', 'its answer can'],
    ['wrong-id', 'protocol', 'it answered what nobody has asked'],
    ['no-message', 'protocol', 'it sent what is no message of MCP'],
    ['refuse', 'refused', 'there is no such thing'],
    ['nothing', 'refused', 'no tool nothing'],
    ['die', 'closed', 'its process ended with the exit code 4; the call may have been done'],
  ])('that ends by %s is of the kind %s, and the next one is well', async (name, kind, words) => {
    const failed = await server.call(name).catch((error) => error)
    expect(failed).toMatchObject({
      code: 'HEDDLE_MCP_FAILED',
      fields: { server: 'scripted', tool: name, kind, retryable: kind === 'closed' },
    })
    expect(failed.message).toContain(words)
    expect(failed.cause).toBeUndefined()
    expect(textOf(await server.call('echo'))).toBe('{}')
  })

  test('with a result that is too long fails, and the next one is well', async () => {
    const failed = await server.call('huge').catch((error) => error)
    expect(failed).toMatchObject({ fields: { kind: 'protocol' } })
    expect(textOf(await server.call('echo'))).toBe('{}')
  })

  test('ends all others when its server dies', async () => {
    const hanging = server.call('hang').catch((error) => error)
    await server.call('die').catch(() => {})
    expect(await hanging).toMatchObject({ fields: { kind: 'closed', tool: 'hang' } })
  })

  test('never shows a secret of env', async () => {
    const failed = await server.call('secret').catch((error) => error)
    expect(failed.fields.problem).toBe('it refused: no: (hidden)')
    expect(JSON.stringify([failed, failed.message, failed.stack])).not.toContain(SECRET)
  })

  test('tells its server when its signal aborts, and ends at once', async () => {
    const ending = new AbortController()
    const hanging = server.call('hang', {}, { signal: ending.signal })
    await server.call('echo') // the server has read the other one before
    ending.abort(new Error('enough'))
    await expect(hanging).rejects.toThrow('enough')
    expect(textOf(await server.call('heard'))).toMatch(/notifications\/cancelled \d+/)
  })

  test('whose signal has aborted is not made', async () => {
    await expect(server.call('die', {}, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(textOf(await server.call('echo'))).toBe('{}')
  })

  test('needs a name and an object', async () => {
    await expect(server.call(1 as never)).rejects.toMatchObject({ code: 'HEDDLE_INVALID_OPTION' })
    await expect(server.call('echo', [] as never)).rejects.toMatchObject({
      code: 'HEDDLE_INVALID_OPTION',
    })
  })
})

describe('a connection', () => {
  test('is one for all servers of the same definition, and is made again after its end', async () => {
    const [one, two] = [serverOf('shared'), serverOf('shared')]
    const pids = await Promise.all([one.call('pid'), two.call('pid'), one.call('pid')])
    expect(new Set(pids.map(textOf)).size).toBe(1)
    await one.call('die').catch(() => {})
    const later = textOf(await two.call('pid'))
    expect(later).not.toBe(textOf(pids[0] as McpResult))
    expect(textOf(await serverOf('another').call('pid'))).not.toBe(later)
  })

  test('to a command that does not exist says so, and is not tried again at once', async () => {
    const server = mcpServer({ name: 'none', command: 'no-such-command' })
    const first = await server.call('x').catch((error) => error)
    expect(first.fields).toMatchObject({ kind: 'connect', retryable: false })
    expect(first.message).toContain("'no-such-command' can't be started")
    const second = await server.call('x').catch((error) => error)
    expect(second.fields).toMatchObject({ kind: 'connect', retryable: false })
    expect(second.fields.retryAfterMs).toBeGreaterThan(0)
    expect(second.message).toMatch(/'no-such-command' can't be started.*tried again in \d+ ms/)
  })

  test('to a program that ends shows its last words, without secrets', async () => {
    const failed = await serverOf('fails', { SECRET })
      .call('x')
      .catch((error) => error)
    expect(failed.fields).toMatchObject({ kind: 'connect', retryable: true })
    const words = 'its process ended with the exit code 3, after it had written: the key (hidden)'
    expect(failed.message).toContain(words)
  })
})

test('what a server wrote last says what went wrong, and no line of a secret', async () => {
  const secret = `first-line-of-it\n${SECRET}\n`
  const failed = await serverOf('throws', { SECRET: secret })
    .call('x')
    .catch((error) => error)
  expect(failed.message).toContain('after it had written: Error: the key is (hidden)')
  const fails = await serverOf('fails', { SECRET: `x\n${SECRET}` })
    .call('x')
    .catch((error) => error)
  expect(fails.message).not.toContain(SECRET)
})

describe('the list of tools', () => {
  test('is the same until the server says that it has changed', async () => {
    const server = serverOf('lists')
    const before = await server.list()
    expect(await server.list()).toBe(before)
    await server.call('grow')
    const after = await server.list()
    expect(after).toHaveLength(before.length + 1)
    expect(after.at(-1)).toMatchObject({ kind: 'tool', name: 'grown', mode: 'parallel' })
  })

  test('has those that are taken, with their prefix and mode', async () => {
    const where = { name: 'scripted', command: process.execPath, args: [PROGRAM, 'lists'] }
    const names = ['echo', 'pid', 'none']
    const some = mcpServer(where, { tools: names, prefix: 'my', mode: 'serial' })
    expect(some.names).toEqual(['my_echo', 'my_pid', 'my_none'])
    const listed = await some.list()
    expect(listed.map(({ name, mode }) => [name, mode])).toEqual([
      ['my_echo', 'serial'],
      ['my_pid', 'serial'],
    ])
    const chosen = mcpServer(where, { tools: (name) => name.startsWith('h') })
    expect(chosen.names).toBeUndefined()
    expect((await chosen.list()).map(({ name }) => name)).toEqual(['heard', 'hang', 'held', 'huge'])
  })

  test('has names that models accept', () => {
    const how = { prefix: undefined, mode: 'parallel', call: serverOf('x').call } as const
    const listed = (name: string) => ({ name, description: '', parameters: { type: 'object' } })
    const all = (...names: string[]) => toolsOf(names.map(listed), how).map(({ name }) => name)
    const shown = (name: string) => all(name)[0]
    expect(shown('files.read/all')).toBe('files_read_all')
    expect(shown('x'.repeat(90))).toHaveLength(64)
    expect(shown('constructor')).toBe('constructor_')
    const alike = all('a.b', 'a b', 'c', '天气', '时间', 'c', '')
    expect(new Set(alike).size).toBe(5)
    for (const name of alike) expect(name).toMatch(/^(a_b_[\da-f]{6}|c|___[\da-f]{6})$/)
  })
})
