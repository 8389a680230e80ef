/** No server outlives the process, and none keeps it alive. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { McpAsk } from '../../src/mcp/mcp-ask.ts'
import type { McpResult } from '../../src/mcp/result.ts'
import { ServerLink } from '../../src/mcp/server-link.ts'
import { runtimeBegins, runtimeEnds, setMainPart } from '../../src/tools/main-part.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { PROGRAM } from '../fixtures/mcp/caller.team.ts'
import { runNode } from '../fixtures/run-node.ts'

/** A process that has ended, and that nobody has asked for its exit code, is still listed. */
const isAlive = (pid: string) => {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'))
}

test.each([
  ['does not stop its runtime', 'ends', 0],
  ['exits', 'exits', 0],
  ['exits in a call, of a server that does not listen', 'exits-in-a-call', 0],
  ['throws', 'throws', 1],
])('a program that %s ends, and so does its server', async (_, end, code) => {
  const program = new URL('../fixtures/mcp/program.ts', import.meta.url)
  const ended = await runNode([program, end])
  expect(ended).toMatchObject({ code, stdout: expect.stringMatching(/^\d+\n$/) })
  const pid = ended.stdout.trim()
  while (isAlive(pid)) await new Promise<void>((resolve) => setImmediate(resolve))
})

interface Waiting {
  readonly ms: number
  readonly run: () => void
}

test('a connection that no runtime needs ends a while after its last call', async () => {
  const waiting = new Set<Waiting>()
  const later = (ms: number, run: () => void) => {
    const one = { ms, run }
    waiting.add(one)
    return () => void waiting.delete(one)
  }
  const where = { name: 'idle', command: process.execPath, args: [PROGRAM, 'idle'] }
  const definition = { ...where, connectTimeoutMs: 30_000, version: 'legacy' } as const
  const link = new ServerLink(definition, new ManualClock(), later)
  onTestFinished(() => link.kill())
  setMainPart('mcp', { run: () => expect.unreachable(), rest: () => link.rest() })
  const limits = { timeoutMs: 60_000, maxTimeoutMs: 60_000 }
  const host = { signal: new AbortController().signal, progress: () => {} }
  const pidOf = async () => {
    const ask: McpAsk = { kind: 'call', name: 'pid', args: {}, limits }
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const { parts } = (await link.ask(ask, host, resolve)) as McpResult
    await promise
    return parts[0]?.kind === 'text' ? parts[0].text : ''
  }
  runtimeBegins()
  const pid = await pidOf()
  expect(waiting.size).toBe(0)
  runtimeEnds()
  expect([...waiting]).toMatchObject([{ ms: 10_000 }])
  expect(await pidOf()).toBe(pid)
  const [idle] = [...waiting]
  expect(waiting.size).toBe(1)
  idle?.run()
  while (link.isOpen) await new Promise<void>((resolve) => setImmediate(resolve))
  expect(isAlive(pid)).toBe(false)
  expect(await pidOf()).not.toBe(pid)
})
