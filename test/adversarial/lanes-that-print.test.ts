/**
 * What a lane prints is written in full, however its program ends and however slowly it is read.
 */
import { expect, test } from 'vitest'
import { LINES, lineOf } from '../fixtures/printing.agent.ts'
import { runNode } from '../fixtures/run-node.ts'

const program = new URL('../fixtures/printing.ts', import.meta.url)

function lines(name: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${lineOf(name, index)}\n`).join('')
}

test.concurrent.for([
  ['ends by itself', 'at once', 0],
  ['exits when idle', 'at once', 0],
  ['exits when idle', 'slowly', 0],
  ['exits when stopped', 'slowly', 10],
] as const)(
  'every line is there when the program %s, read %s',
  { timeout: 45_000 },
  async ([ending, speed, disposed]) => {
    const readsSlowly = speed === 'slowly'
    const { code, stdout, stderr } = await runNode([program, ending], { readsSlowly })
    expect(code).toBe(0)
    expect(stdout).toBe(lines('out', LINES) + lines('disposed', disposed))
    expect(stderr).toBe(lines('error', LINES))
  },
)

test.concurrent('a reader that closes the pipe ends nothing', { timeout: 45_000 }, async () => {
  const ended = await runNode([program, 'exits when idle'], { closesStdout: true })
  expect(ended).toMatchObject({ code: 0, stderr: lines('error', LINES) })
  expect(ended.stdout.length).toBeLessThan(lines('out', LINES).length)
})
