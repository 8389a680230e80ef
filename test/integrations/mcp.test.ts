/** Assistants with real MCP servers, by stdio and streamable HTTP, also through faulty proxies. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { mcpServer } from '../../src/mcp/index.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { type HttpProxy, openHttpProxy } from '../fixtures/mcp/http-proxy.ts'
import { runNode } from '../fixtures/run-node.ts'

let fixture: typeof import('../fixtures/mcp/real.team.ts')
let folder: string
let server: ChildProcess
let target: string
let proxy: HttpProxy

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-mcp-')))
  writeFileSync(join(folder, 'note.txt'), 'Water the plants.')
  const port = await freePort()
  target = `http://127.0.0.1:${port}/mcp`
  proxy = await openHttpProxy(target)
  vi.stubEnv('HEDDLE_TEST_MCP_URL', proxy.url)
  vi.stubEnv('HEDDLE_TEST_MCP_FOLDER', folder)
  fixture = await import('../fixtures/mcp/real.team.ts')
  const env = { ...process.env, PORT: String(port) }
  server = spawn(process.execPath, [fixture.EVERYTHING, 'streamableHttp'], { env })
  server.stdout?.resume()
  await new Promise<void>((resolve) => {
    server.stderr?.on('data', (text) => /listening/i.test(String(text)) && resolve())
  })
})
afterAll(async () => {
  proxy?.close()
  server?.kill('SIGKILL')
  if (server?.exitCode === null) await once(server, 'exit')
  rmSync(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

async function freePort(): Promise<number> {
  const taker = createServer().listen(0, '127.0.0.1')
  await once(taker, 'listening')
  const { port } = taker.address() as AddressInfo
  taker.close()
  await once(taker, 'close')
  return port
}

const lastOf = ({ messages, stopReason }: TaskResult) => {
  const last = messages.at(-1)
  return last === undefined ? stopReason : textOf(last)
}
const echo = (prefix: string, message: string) =>
  `call ${prefix}_echo ${JSON.stringify({ message })}`

describe.each(KINDS)('on $name', ({ start }) => {
  test('tools of one name are told apart, and their arguments are checked', async () => {
    const runtime = await start({ lanes: 2, agents: fixture.team.agents })
    const conversation = fixture.team.conversation(runtime, 'all')
    const list = lastOf(await conversation.run({ task: 'list' }))
    expect(list).toMatch(/\bpipe_echo\b.*\bweb_echo\b.*\bfiles_read_text_file\b/)
    const sum = 'call web_get-sum {"a":1,"b":2}'
    expect(lastOf(await conversation.run({ task: sum }))).toContain('is 3')
    const wrong = 'call pipe_get-sum {"a":"x"}'
    expect(lastOf(await conversation.run({ task: wrong }))).toMatch(/invalid/i)
  })

  test('files are read and written, from all lanes by one server', async () => {
    const runtime = await start({ lanes: 2, agents: fixture.team.agents })
    const tasks = Array.from({ length: 6 }, async (_, at) => {
      const conversation = fixture.team.conversation(runtime, `k${at}`)
      const path = join(folder, `${at}.txt`)
      const args = JSON.stringify({ path, content: `line ${at}` })
      await conversation.run({ task: `call files_write_file ${args}` })
      const read = JSON.stringify({ path })
      return lastOf(await conversation.run({ task: `call files_read_text_file ${read}` }))
    })
    expect(await Promise.all(tasks)).toEqual([0, 1, 2, 3, 4, 5].map((at) => `so: line ${at}`))
    expect(running('server-filesystem')).toHaveLength(1)
    const outside = `call files_read_text_file ${JSON.stringify({ path: '/etc/hostname' })}`
    const conversation = fixture.team.conversation(runtime, 'outside')
    expect(lastOf(await conversation.run({ task: outside }))).toContain('Access denied')
  })

  test.each(['pipe', 'web'])('%s shows progress', async (prefix) => {
    const runtime = await start({ agents: fixture.team.agents })
    const task = `call ${prefix}_trigger-long-running-operation {"duration":0.1,"steps":2}`
    const items: RunItem[] = []
    const conversation = fixture.team.conversation(runtime, 'progress')
    for await (const item of conversation.runStream({ task })) items.push(item)
    expect(items.filter(({ kind }) => kind === 'tool-progress')).toHaveLength(2)
    expect(lastOf(items.at(-1) as TaskResult)).toContain('operation completed')
  })

  test.each([
    [
      'pipe',
      'dies',
      'the connection broke during the call: its process ended with the exit code 5',
    ],
    ['pipe', 'hangs', 'it did not answer within its 2000 ms'],
    ['pipe', 'nonsense', 'it sent what is no message of MCP'],
    ['pipe', 'shape', "its answer can't be used"],
    ['pipe', 'late', 'it did not answer within its 2000 ms'],
    ['web', 'dies', 'the connection broke during the call'],
    ['web', 'hangs', 'it did not answer within its 2000 ms'],
    ['web', 'nonsense', 'it sent what is no message of MCP'],
    ['web', 'shape', "its answer can't be used"],
  ])(
    '%s that %s is told to the model, and the conversation goes on',
    async (prefix, fault, words) => {
      const runtime = await start({ agents: fixture.team.agents })
      const conversation = fixture.team.conversation(runtime, `${prefix}-${fault}`)
      const failed = lastOf(await conversation.run({ task: echo(prefix, `fault: ${fault}`) }))
      expect(failed).toContain(words)
      expect(lastOf(await conversation.run({ task: echo(prefix, 'well') }))).toBe('so: Echo: well')
    },
  )
})

test('with the version auto, servers of the older protocol answer as well', async () => {
  const name = 'auto'
  const byUrl = mcpServer({ name, url: target }, { version: 'auto' })
  const args = [fixture.EVERYTHING, 'stdio']
  const byPipe = mcpServer({ name, command: process.execPath, args }, { version: 'auto' })
  for (const one of [byUrl, byPipe]) {
    const { parts } = await one.call('echo', { message: 'hello' })
    expect(parts).toEqual([{ kind: 'text', text: 'Echo: hello' }])
  }
})

test('examples/31-mcp-tools prints its output.txt, and leaves no server', async () => {
  const main = new URL('../../examples/31-mcp-tools/main.ts', import.meta.url)
  const before = running('server-filesystem')
  const { stdout, stderr } = await runNode([main], { env: { MODEL: '' } })
  expect(stderr).toBe('')
  const path = fileURLToPath(new URL('../../examples/31-mcp-tools/output.txt', import.meta.url))
  await expect(stdout).toMatchFileSnapshot(path)
  expect(running('server-filesystem')).toEqual(before)
})

/** The processes whose command has this text. */
function running(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  return lines.filter((line) => line.includes(text) && line.includes('dist/index.js'))
}
