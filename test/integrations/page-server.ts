/** The server of the example with a page, in a process of its own, as a user starts it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface PageServer {
  readonly url: string
  /** Ends all lanes, as if each thread had crashed. */
  endLanes(): void
  /** Ctrl-C. Resolves, with what it has written, when the process and all that it started ended. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<{ stdout: string; stderr: string; code: unknown }>
}

/** `npm run page`, which builds the page before. */
export function buildAndServe(): Promise<PageServer> {
  return start('npm', ['run', '--silent', 'page'], { MODEL: '' })
}

/** The program alone, with a model behind this URL. */
export function serve(modelUrl: string, port = '0'): Promise<PageServer> {
  const main = 'examples/29-a-chat-page/main.ts'
  const args = ['-C', 'heddle-source', '--import', './test/fixtures/lanes-end.ts', main]
  const env = { MODEL: 'test-model', OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: 'none' }
  return start(process.execPath, args, { ...env, PORT: port })
}

async function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<PageServer> {
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true, // a group of its own, so that all of it gets the signal, as in a terminal
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  const closed = once(child, 'close') // when nothing of its group writes any more
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text) => {
      written[name] += text
    })
  }
  await Promise.race([once(child.stdout, 'data'), closed])
  const url = written.stdout.match(/^http:\S+/)?.[0]
  if (url === undefined) throw new Error(`it did not start: ${written.stdout}${written.stderr}`)
  return {
    url,
    endLanes: () => void child.send('end'),
    stop: async (signal = 'SIGINT') => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal)
      const [code] = await closed
      return { ...written, code }
    },
  }
}
