/**
 * The errors of a runtime that nobody watches are reported on stderr, in a bounded number of lines
 * (D10).
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../fixtures/failing.ts', import.meta.url))
/** A program that has not ended by then never will. */
const HANGS_MS = 60_000

interface Output {
  readonly code: number | null
  readonly stdout: string
  readonly lines: readonly string[]
}

/** Runs the program to its end. `closed`: nobody reads its stderr. */
async function run(args: readonly string[], stderr: 'read' | 'closed' = 'read'): Promise<Output> {
  const options = { timeout: HANGS_MS, killSignal: 'SIGKILL' } as const
  const child = spawn(process.execPath, ['--conditions=heddle-source', program, ...args], options)
  if (stderr === 'closed') child.stderr.destroy()
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const read = stderr === 'closed' ? '' : text(child.stderr)
  const [stdout, written, code] = await Promise.all([text(child.stdout), read, ended])
  return { code, stdout, lines: written.split('\n').filter((line) => line !== '') }
}

describe.each(['single', 'threaded'])('on the %s runtime', (kind) => {
  test('a mistyped topic and a handler that throws get a line each, in order with what turns log', async () => {
    const { code, stdout, lines } = await run([kind, '2', 'end'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done' })
    const failed =
      /^error heddle: dead letter \(failed\): puppet\/\d on 'act' \(\S+\): RangeError: out of ink \(E_INK\), at \/.*puppet\.agent\.ts:\d+:\d+$/
    expect(lines).toEqual([
      expect.stringMatching(
        /^error heddle: dead letter \(no-subscriber\): 'note' on 'ntoe\/a' .*did you mean 'note'\?; 'note' is handled by clerk/,
      ),
      ...[0, 1].flatMap((key) => [
        `info puppet/${key}: about to fail {"step":"log"}`,
        expect.stringMatching(failed),
      ]),
    ])
  })

  test('10,000 failures are a few lines that count them all', {
    timeout: 2 * HANGS_MS,
  }, async () => {
    const ending = kind === 'single' ? 'end' : 'stop'
    const { code, stdout, lines } = await run([kind, '10000', ending])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: ending === 'stop' ? '10001 dead letters' : 'done',
    })
    const written = lines.filter((line) => line.includes('dead letter (failed)'))
    expect(written.length).toBeLessThan(100)
    const counts = written.map((line) => {
      const more = /; and ([\d,]+) more like it$/.exec(line)?.[1] ?? '0'
      return 1 + Number(more.replaceAll(',', ''))
    })
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000)
  })

  test('a program whose stderr nobody reads goes on to its end', async () => {
    const { code, stdout } = await run([kind, '100', 'stop'], 'closed')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '101 dead letters' })
  })

  test('off is off', async () => {
    const { code, lines } = await run([kind, '2', 'stop', 'off'])
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [0, 1].map((key) => `info puppet/${key}: about to fail {"step":"log"}`),
    })
  })
})
