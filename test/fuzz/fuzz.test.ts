/**
 * The public calls with any value, on both runtimes. They run in a separate process, since turns
 * throw outside of any test.
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
    // Listeners throw on purpose, which is reported on stderr. A fault is a line that begins with
    // its seed, and ends in exit code 1.
    expect(stderr).not.toMatch(/^seed /m)
    expect(JSON.parse(stdout).calls).toBeGreaterThan(100)
  },
)
