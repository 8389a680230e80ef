/**
 * Errors that belong to no turn: a runtime in the process does not change what Node does with them.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../fixtures/unowned.ts', import.meta.url))
/** A program that has not ended by then never will. */
const HANGS_MS = 20_000

interface Ended {
  readonly code: number
  readonly said: string
  readonly stderr: string
}

function play(runtimeIs: 'there' | 'not', happens: string, options: string[] = []): Promise<Ended> {
  const args = ['--conditions=heddle-source', ...options, program, runtimeIs, happens]
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { timeout: HANGS_MS, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout, stderr })
      },
    )
  })
}

test.each(['rejection', 'exception', 'text'])(
  '%s: the process ends as without heddle',
  async (happens) => {
    const [there, not] = await Promise.all([play('there', happens), play('not', happens)])
    expect([there.code, there.said]).toEqual([not.code, not.said])
    expect(there.code).toBe(1)
    const message =
      happens === 'text'
        ? 'ERR_UNHANDLED_REJECTION'
        : /Error: nobody caught it\n {4}at (Immediate\.)?fails /
    expect(not.stderr).toMatch(message)
    expect(there.stderr).toMatch(message)
  },
)

test.each(['heard rejection', 'heard exception'])(
  '%s: the program’s listener decides; turns go on as before',
  async (happens) => {
    const { code, said } = await play('there', happens)
    // The listener also gets the turn's rejection.
    expect([code, said]).toEqual([0, 'heard heard failed'])
  },
)

test('an error that Node only warns of, by an option, does not end the process; turns go on as before', async () => {
  const { code, said, stderr } = await play('there', 'rejection', ['--unhandled-rejections=warn'])
  expect([code, said]).toEqual([0, 'failed'])
  expect(stderr).toContain('nobody caught it')
})
