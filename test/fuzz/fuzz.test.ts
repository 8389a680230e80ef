/**
 * The public calls with anything, on both runtimes, in a process of its own: the turns throw where
 * they like.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../fuzz/main.ts', import.meta.url))

test.each(['single', 'threaded'])(
  'no call ends the process, hangs or spoils the books: %s',
  {
    timeout: 120_000,
  },
  async (place) => {
    const args = ['-C', 'heddle-source', MAIN, '--seconds', '3', '--seed', '1', '--only', place]
    const run = promisify(execFile)(process.execPath, args, { timeout: 110_000 })
    const { stdout, stderr } = await run
    // Listeners throw on purpose, and that is told; a fault begins with its seed and ends in exit
    // code 1.
    expect(stderr).not.toMatch(/^seed /m)
    expect(JSON.parse(stdout).calls).toBeGreaterThan(100)
  },
)
