/** The limits of a call, and of a connection, by a clock that the test moves. */
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { HeddleError } from '../../src/index.ts'
import type { McpAsk } from '../../src/mcp/mcp-ask.ts'
import type { McpResult } from '../../src/mcp/result.ts'
import { ServerLink } from '../../src/mcp/server-link.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const PROGRAM = fileURLToPath(new URL('../fixtures/mcp/stdio-server.ts', import.meta.url))
const LIMITS = { timeoutMs: 60_000, maxTimeoutMs: 100_000 }

function open(start = 'timed', command = process.execPath) {
  const clock = new ManualClock()
  const args = [PROGRAM, start]
  const where = {
    name: 'scripted',
    command,
    args,
    connectTimeoutMs: 30_000,
    version: 'legacy',
  } as const
  const link = new ServerLink(where, clock)
  onTestFinished(() => link.kill())
  const call = (
    name: string,
    signal = new AbortController().signal,
    progress = (_: unknown) => {},
  ) => {
    const { promise: letGo, resolve } = Promise.withResolvers<unknown>()
    const asked: McpAsk = { kind: 'call', name, args: {}, limits: LIMITS }
    const result = link.ask(asked, { signal, progress }, (gone) => resolve(gone))
    return {
      letGo,
      result: result as Promise<McpResult>,
      failed: result.catch((error) => error) as Promise<HeddleError>,
    }
  }
  const textOf = async (name: string) => {
    const [part] = (await call(name).result).parts
    return part?.kind === 'text' ? part.text : undefined
  }
  return { clock, link, call, textOf }
}

test('a call without an answer fails after its time, and its server goes on', async () => {
  const { clock, call, textOf } = open()
  const pid = await textOf('pid')
  const { failed, letGo } = call('hang')
  await textOf('echo')
  clock.advance(59_999)
  await textOf('echo')
  clock.advance(1)
  expect(await failed).toMatchObject({ fields: { kind: 'timeout', tool: 'hang', retryable: true } })
  await letGo
  expect(await textOf('heard')).toContain('notifications/cancelled')
  expect(await textOf('pid')).toBe(pid)
})

test('progress gives it more time, up to a limit', async () => {
  const { clock, call, textOf } = open()
  const told: unknown[] = []
  const { failed } = call('slow', undefined, (value) => told.push(value))
  await textOf('echo')
  clock.advance(50_000)
  await textOf('tick')
  clock.advance(49_999)
  await textOf('echo')
  expect(told).toHaveLength(1)
  clock.advance(1)
  expect((await failed).message).toContain(
    'within its 100000 ms (maxTimeoutMs); the call may have been done',
  )
})

test('a server that answers nothing any more is ended, and the next call begins another', async () => {
  const { clock, call, textOf } = open()
  const pid = await textOf('pid')
  const { promise: isDeaf, resolve } = Promise.withResolvers<unknown>()
  const { failed, letGo } = call('deaf', undefined, resolve)
  await isDeaf
  clock.advance(60_000)
  expect(await failed).toMatchObject({ fields: { kind: 'timeout' } })
  let hasLetGo = false
  letGo.then(() => {
    hasLetGo = true
  })
  clock.advance(1_999)
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(hasLetGo).toBe(false)
  clock.advance(1)
  await letGo
  expect(await textOf('pid')).not.toBe(pid)
})

test('a server that does not get ready is an error of the kind connect, and tried later and later', async () => {
  const { clock, call } = open('hangs')
  const waiting = async () => {
    const { failed } = call('echo')
    await new Promise<void>((resolve) => setImmediate(resolve)) // the clock has its timer
    return failed
  }
  const first = waiting()
  for (;;) {
    if (clock.pending > 0) break
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  clock.advance(30_000)
  expect((await first).message).toContain(
    'was not ready within its 30000 ms; raise connectTimeoutMs',
  )
  const paused = await call('echo').failed
  expect(paused).toMatchObject({ fields: { kind: 'connect', retryAfterMs: 500 } })
})

test('the pause after failures grows, and has an end', async () => {
  const { clock, call } = open('x', 'no-such-command')
  const pauses: number[] = []
  for (let at = 0; at < 8; at += 1) {
    expect((await call('echo').failed).message).toContain("can't be started")
    const { retryAfterMs } = (await call('echo').failed).fields as { retryAfterMs: number }
    pauses.push(retryAfterMs)
    clock.advance(retryAfterMs)
  }
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})
