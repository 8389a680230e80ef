import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/frame.ts', import.meta.url))

const children: ChildProcess[] = []

/** No program outlives a test that fails. */
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(args: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', stdout, 'pipe'] })
  children.push(child)
  return child
}

/** Everything that the program wrote, and how it ended. */
async function endOf(child: ChildProcess) {
  const [out, err, [code, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ])
  return { out, err, code, signal }
}

/** Sends a signal when the program has printed `word`. */
function signalAt(child: ChildProcess, word: string, signal: NodeJS.Signals): void {
  child.stdout?.on('data', (chunk) => {
    if (String(chunk).includes(word)) child.kill(signal)
  })
}

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s lets the program stop, and is its exit code, without a stack',
    async (signal, code) => {
      const child = start(['--do', 'stop'])
      signalAt(child, 'ready', signal)
      expect(await endOf(child)).toEqual({ out: 'ready\nstopped\n', err: '', code, signal: null })
    },
  )

  test('a program that does not listen is ended all the same', async () => {
    const child = start(['--do', 'ignore'])
    signalAt(child, 'ready', 'SIGINT')
    expect(await endOf(child)).toMatchObject({ err: '', code: null, signal: 'SIGINT' })
  })

  test('a second one ends the process at once, even while it computes', async () => {
    const child = start(['--do', 'compute'])
    signalAt(child, 'ready', 'SIGINT')
    signalAt(child, 'computing', 'SIGINT')
    expect(await endOf(child)).toMatchObject({ err: '', code: null, signal: 'SIGINT' })
  })
})

describe('a system call that never returns', () => {
  let folder = ''
  let pipe = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-frame-'))
    pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is not waited for when a signal has come', async () => {
    const child = start(['--do', 'hang', pipe])
    signalAt(child, 'ready', 'SIGTERM')
    expect(await endOf(child)).toMatchObject({ err: '', signal: 'SIGTERM' })
  })

  test('does not delay a second signal', async () => {
    const child = start(['--do', 'hang', pipe])
    signalAt(child, 'ready', 'SIGTERM')
    signalAt(child, 'heard', 'SIGTERM')
    expect(await endOf(child)).toMatchObject({ err: '', signal: 'SIGTERM' })
  })
})

describe('output', () => {
  test('that nobody reads any more ends nothing, and is not reported', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-frame-'))
    try {
      const marker = join(folder, 'end')
      const child = start(['--do', 'talk', marker])
      child.stdout?.once('data', () => child.stdout?.destroy())
      const err = text(child.stderr as NonNullable<typeof child.stderr>)
      expect(await once(child, 'exit')).toEqual([0, null])
      expect(await err).toBe('')
      expect(existsSync(marker)).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('that the system does not take is a failure, in one line', async () => {
    const full = openSync('/dev/full', 'w')
    try {
      for (const typed of [['--do', 'talk'], ['--help']]) {
        const { err, code } = await endOf(start(typed, full))
        expect([err, code], typed[0]).toEqual(["can't write the output: ENOSPC\n", 1])
      }
    } finally {
      closeSync(full)
    }
  })
})

describe('an end', () => {
  test.each([
    ['nothing', 0, ''],
    ['refuse', 1, 'it is not to be\n'],
    ['read', 1, "ENOENT: no such file or directory, open '/no/such/file'\n"],
  ])('%s: exit code %i, and one line at most', async (what, code, err) => {
    expect(await endOf(start(['--do', what]))).toMatchObject({ code, err })
  })

  test('by an unforeseen error shows the stack', async () => {
    const { code, err } = await endOf(start(['--do', 'err']))
    expect(code).toBe(1)
    expect(err).toMatch(/^TypeError: nobody foresaw it\n +at act /)
  })

  test('by a wrong option is 2, and by --help 0', async () => {
    const wrong = await endOf(start(['--dew', 'it']))
    expect(wrong).toMatchObject({
      code: 2,
      out: '',
      err: 'there is no option --dew; there are --do, --help\n',
    })
    const help = await endOf(start(['-h']))
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toContain('usage: frame [FILE] [options]')
  })
})
