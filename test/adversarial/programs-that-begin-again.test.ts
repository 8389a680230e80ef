/**
 * A lane imports agents, and whatever they import. A program that would begin again there is
 * refused at once, and starts nothing.
 */
import { describe, expect, test } from 'vitest'
import { runNode } from '../fixtures/run-node.ts'

const folder = new URL('../fixtures/entry/', import.meta.url)
const at = (path: string) => new URL(path, folder)
const LASTS = { timeout: 45_000 }

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('a program that defines an agent in its own file', LASTS, () => {
  test.concurrent.for<[how: string, ...args: (string | URL)[]]>([
    ['as the folder that it is in', '.'],
    ['without its extension', at('index')],
  ])('is refused at the call, however it was named: %s', async ([, ...args]) => {
    const { code, stdout, stderr } = await runNode(args, { cwd: folder })
    expect(stderr).toContain('HEDDLE_AGENT_IN_MAIN')
    expect(stdout).toBe('begun\n')
    expect(code).toBe(1)
  })
})

describe('a program whose agent’s module starts the runtime', LASTS, () => {
  test.concurrent.for(['awaits', 'floats', 'exits'])('is refused: %s', async (way) => {
    const { code, stderr } = await runNode([at('importing.ts'), way])
    const parts = ['HEDDLE_RUNTIME_IN_LANE', "'own'", 'entry/app.ts', 'on the main thread']
    for (const part of parts) expect(stderr).toContain(part)
    expect(code).toBe(1)
  })
})

describe('a preload that starts a runtime', LASTS, () => {
  const run = (way: string) => {
    const preload = ['--import', at('preload.ts').href, at('nothing.ts')]
    return runNode(preload, { env: { HEDDLE_TEST_PRELOAD: way } })
  }

  test.concurrent('is refused in its first lanes', async () => {
    const { code, stdout, stderr } = await run('awaits')
    expect(stderr).toContain('HEDDLE_RUNTIME_IN_LANE')
    expect(stderr).toContain('--import')
    // The main thread, and at most two threads for each of the two lanes.
    expect(count(stderr, 'a preload runs')).toBeLessThanOrEqual(5)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  test.concurrent('does no harm if it starts one on the main thread alone', async () => {
    const { code, stdout, stderr } = await run('main thread alone')
    expect([code, stdout, count(stderr, 'a preload runs')]).toEqual([0, 'started\n', 3])
  })

  test.concurrent('does no harm if it catches the refusal in its lanes', async () => {
    const { code, stdout, stderr } = await run('catches')
    expect([code, stdout]).toEqual([0, 'started\n'])
    expect(count(stderr, 'HEDDLE_RUNTIME_IN_LANE')).toBe(2)
  })
})
