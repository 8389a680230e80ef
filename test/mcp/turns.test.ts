/** The tools of a server in the turns of assistants, on one thread and on lanes. */
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { assistantAgent, tool } from '../../src/agentchat/index.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { ThreadedRuntime } from '../../src/index.ts'
import { mcpServer } from '../../src/mcp/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { callerOf, model, PROGRAM, scripted, team } from '../fixtures/mcp/caller.team.ts'
import { Threads } from '../fixtures/threads.ts'

const lastOf = ({ messages, stopReason }: TaskResult) => {
  const last = messages.at(-1)
  return last === undefined ? stopReason : textOf(last)
}

onBothRuntimes('an assistant with a server', ({ start }) => {
  test('shows its model the tools, calls one, and goes on', async () => {
    const runtime = await start({ lanes: 2, agents: team.agents })
    const conversation = team.conversation(runtime, 'one')
    expect(lastOf(await conversation.run({ task: 'list' }))).toContain('echo pid')
    expect(lastOf(await conversation.run({ task: 'call echo {"a":1}' }))).toBe('so: {"a":1}')
  })

  test('has one connection for all lanes', async () => {
    const runtime = await start({ lanes: 2, agents: team.agents })
    const keys = Array.from({ length: 6 }, (_, at) => `k${at}`)
    const runs = keys.map((key) => team.conversation(runtime, key).run({ task: 'call pid' }))
    const pids = (await Promise.all(runs)).map(lastOf)
    expect(new Set(pids).size).toBe(1)
    const [mine] = (await scripted.call('pid')).parts
    expect(pids[0]).toBe(`so: ${mine?.kind === 'text' && mine.text}`)
  })

  test.each([
    ['die', 'the connection broke during the call'],
    ['no-message', 'it sent what is no message of MCP'],
    ['refuse', 'there is no such thing'],
    ['fail', 'Error: it went wrong'],
    ['fail-silently', 'Error: it failed, and did not say why'],
  ])('is told that %s has failed, and the conversation goes on', async (name, words) => {
    const runtime = await start({ agents: team.agents })
    const conversation = team.conversation(runtime, 'failing')
    expect(lastOf(await conversation.run({ task: `call ${name}` }))).toContain(words)
    expect(lastOf(await conversation.run({ task: 'call echo {}' }))).toBe('so: {}')
  })

  test('is told of arguments that are no object', async () => {
    const runtime = await start({ agents: team.agents })
    const conversation = team.conversation(runtime, 'odd')
    expect(lastOf(await conversation.run({ task: 'call echo [1' }))).toContain('are no JSON')
    expect(lastOf(await conversation.run({ task: 'call echo [1]' }))).toContain('do not fit')
  })

  test('sees a changed list at its next model call', async () => {
    const runtime = await start({ agents: team.agents })
    const conversation = team.conversation(runtime, 'growing')
    await conversation.run({ task: 'call die' }) // a new server, which has not grown
    expect(lastOf(await conversation.run({ task: 'list' }))).not.toContain('grown')
    await conversation.run({ task: 'call grow' })
    expect(lastOf(await conversation.run({ task: 'list' }))).toContain('grown')
  })

  test('shows progress while the tool runs', async () => {
    const runtime = await start({ agents: team.agents })
    const items: RunItem[] = []
    const conversation = team.conversation(runtime, 'progress')
    for await (const item of conversation.runStream({ task: 'call progress' })) items.push(item)
    const shown = items.filter((item) => item.kind === 'tool-progress')
    expect(shown).toMatchObject([{ name: 'progress', content: { progress: 1 } }, {}])
  })

  test('ends its call when the run is cancelled, and can go on', async () => {
    const runtime = await start({ agents: team.agents })
    const conversation = team.conversation(runtime, 'cancelled')
    const ending = new AbortController()
    for await (const item of conversation.runStream({
      task: 'call progress-and-hang',
      signal: ending.signal,
    })) {
      if (item.kind === 'tool-progress') ending.abort('enough')
    }
    expect(lastOf(await conversation.run({ task: 'call echo {}' }))).toBe('so: {}')
    const [heard] = (await scripted.call('heard')).parts
    expect(heard?.kind === 'text' && heard.text).toMatch(
      /tools\/call progress-and-hang\n.*cancelled/,
    )
  })
})

test('on simulated lanes, it is the same', async () => {
  const { runtime } = await startSimulated({ agents: team.agents, seed: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const { messages } = await team.conversation(runtime, 'one').run({ task: 'call echo {"a":1}' })
  expect(messages.at(-1)).toMatchObject({ content: 'so: {"a":1}' })
})

test('a lane that dies in a call ends it there, and the turn runs again', async () => {
  const threads = new Threads()
  const runtime = await ThreadedRuntime.start({ lanes: 1, agents: team.agents, report: 'off' })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  await scripted.call('die').catch(() => {}) // a new server, whose second such call is answered
  const conversation = team.conversation(runtime, 'dying')
  let isKilled = false
  const items: RunItem[] = []
  for await (const item of conversation.runStream({ task: 'call second-is-answered' })) {
    items.push(item)
    if (item.kind !== 'tool-progress' || isKilled) continue
    isKilled = true
    await threads.end(runtime, threads.all[0] as Worker)
  }
  expect(lastOf(items.at(-1) as TaskResult)).toBe('so: the second')
  const [heard] = (await scripted.call('heard')).parts
  const lines = (heard?.kind === 'text' ? heard.text : '').split('\n')
  const own = lines.filter((line) => /second-is|cancelled/.test(line))
  expect(own).toEqual([
    'tools/call second-is-answered',
    expect.stringMatching(/notifications\/cancelled/),
    'tools/call second-is-answered',
  ])
})

test('an assistant alone has them as well', async () => {
  const alone = callerOf(scripted)
  expect(lastOf(await alone.run({ task: 'call echo {"a":2}' }))).toBe('so: {"a":2}')
  const { parameters } = (await scripted.list()).find(({ name }) => name === 'echo') ?? {}
  expect(parameters).toEqual({ type: 'object' })
})

test('a server that can not be reached ends the run with its error', async () => {
  const none = mcpServer({ name: 'none', command: 'no-such-command' })
  const { stopReason } = await callerOf(none).run({ task: 'list' })
  expect(stopReason).toMatchObject({
    kind: 'failed',
    error: { code: 'HEDDLE_MCP_FAILED', fields: { server: 'none', kind: 'connect' } },
  })
})

test('two tools of one name are an error, when they are listed', async () => {
  const other = mcpServer({ name: 'other', command: process.execPath, args: [PROGRAM, 'other'] })
  const { stopReason } = await callerOf(scripted, other).run({ task: 'list' })
  expect(stopReason).toMatchObject({
    kind: 'failed',
    error: {
      code: 'HEDDLE_TOOL_NAMES',
      fields: { agent: 'caller', tool: 'echo', owners: ["'scripted'", "'other'"] },
    },
  })
  const where = { name: 'other', command: process.execPath, args: [PROGRAM, 'other'] }
  const prefixed = mcpServer(where, { prefix: 'other' })
  const both = callerOf(scripted, prefixed)
  expect(lastOf(await both.run({ task: 'list' }))).toMatch(/\becho\b.*\bother_echo\b/)
  const [mine, its] = [
    await both.run({ task: 'call pid' }),
    await both.run({ task: 'call other_pid' }),
  ]
  expect(lastOf(mine)).not.toBe(lastOf(its))
})

test('they are an error when the agent is defined, if they are known then', () => {
  const where = { name: 'files', command: 'x' }
  const files = mcpServer(where, { tools: ['read'], prefix: 'my' })
  const read = tool({ name: 'my_read', description: '', parameters: z.object({}), run: () => 1 })
  const define =
    (...tools: (typeof files | typeof read)[]) =>
    () => {
      assistantAgent({ name: 'a', model, tools })
    }
  const fields = { agent: 'a', tool: 'my_read', owners: ['its own', "'files'"] }
  expect(define(read, files)).toThrow(
    expect.objectContaining({ code: 'HEDDLE_TOOL_NAMES', fields }),
  )
  expect(define(files, files)).toThrow(expect.objectContaining({ code: 'HEDDLE_TOOL_NAMES' }))
  expect(define(files)).not.toThrow()
})

test('a model that can not call tools has no use for a server', () => {
  const capabilities = { ...model.capabilities, tools: false }
  const tools = [scripted]
  expect(() => assistantAgent({ name: 'a', model: { ...model, capabilities }, tools })).toThrow(
    expect.objectContaining({ code: 'HEDDLE_INVALID_CHAT_AGENT' }),
  )
})
