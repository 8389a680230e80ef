import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { testRuntime } from './test-runtime.ts'

const program = fileURLToPath(new URL('../fixtures/leaving.ts', import.meta.url))
const run = promisify(execFile)
/** A program that has not ended by then never will. */
const HANGS_MS = 20_000

async function leave(kind: string, ending: string): Promise<string> {
  const history = join(tempFolder('leaving'), 'history.jsonl')
  writeFileSync(history, '')
  const args = ['--conditions=heddle-source', program, history, kind, ending]
  const { stdout } = await run(process.execPath, args, { timeout: HANGS_MS, killSignal: 'SIGKILL' })
  return stdout
}

testRuntime('D11', ({ kind }) => {
  test.each([
    ['a stop', 'stopped', 'done'],
    ['idling without a stop', 'idle', 'done'],
    ['the end of what is in flight, though nobody waits', 'busy', 'done'],
    ['a stop with a turn that never ends', 'hanging', 'left 1 done'],
  ])('D11 nothing keeps the process alive after %s', async (_, ending, said) => {
    expect(await leave(kind, ending)).toBe(said)
  })
})

testRuntime(
  'D11',
  ({ kind }) => {
    test.each([
      ['the death of a lane', 'after-a-death', 'done'],
      ['a stop with a thread that spins', 'spinning', 'left 1 done'],
    ])('D11 nothing keeps the process alive after %s', async (_, ending, said) => {
      expect(await leave(kind, ending)).toBe(said)
    })

    test('D11 nothing keeps the process alive after a stop during a replacement that never gets ready', async () => {
      // By then the key may have moved to the other lane and be done.
      expect(await leave(kind, 'replacing')).toMatch(/^left [01] done$/)
    })
  },
  {
    except: {
      single: 'its only thread is that of the program, which would end or spin',
      simulated: 'its lanes are in the thread of the program, which would end or spin',
    },
  },
)
