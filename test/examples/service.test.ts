/** The example that runs until it is told to stop. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../../examples/01-hello/service.ts', import.meta.url))
/** A program that has not ended by then never will. */
const HANGS_MS = 20_000

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops its runtime, and it ends', async (signal) => {
  const child = spawn(process.execPath, ['-C', 'heddle-source', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  })
  const closed = once(child, 'close')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const url = String((await lines.next()).value)
  await (await fetch(`${url}Ada`, { headers: { connection: 'close' } })).text()
  expect((await lines.next()).value).toBe('hello Ada')
  child.kill(signal)
  expect((await lines.next()).value).toBe(`stopped by ${signal}, with 0 left to do`)
  expect(await closed).toEqual([0, null])
})
