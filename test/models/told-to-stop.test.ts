/** A process that is told to stop while a call of a provider is out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { type OpenAIServer, type Reaction, startOpenAIServer } from '../fixtures/openai-server.ts'

const program = fileURLToPath(new URL('../fixtures/told-to-stop.ts', import.meta.url))
/** A program that has not ended by then never will. */
const HANGS_MS = 20_000

/** Tells the program to stop once it has asked the server. */
async function stopped(server: OpenAIServer, args: readonly string[], whenTold: () => void) {
  const child = spawn(process.execPath, ['--conditions=heddle-source', program, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', HEDDLE_TEST_FAULTY_URL: server.url },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  })
  const printed = text(child.stdout)
  const closed = once(child, 'close')
  await server.askedTimes(1)
  child.kill('SIGTERM')
  whenTold()
  const [code, signal] = await closed
  return { code, signal, lines: (await printed).trim().split('\n').toSorted() }
}

describe.each(KINDS)('on $name', ({ name }) => {
  describe.each(['Openai', 'AiSdk'])('by %sModel', (client) => {
    test('a call that is out has its time, and the process ends by itself', async () => {
      const answer = Promise.withResolvers<Reaction>()
      const server = await startOpenAIServer(() => answer.promise)
      const end = await stopped(server, [name, client, '10000'], () => {
        answer.resolve({ kind: 'says', text: ['Take ', 'an umbrella.'] })
      })
      const lines = ['condition', 'nothing left', 'ready']
      expect(end).toEqual({ code: 0, signal: null, lines })
    })

    test('a call that has used up its time is cut, and its connection is closed', async () => {
      const server = await startOpenAIServer(() => ({ kind: 'silent' }))
      const end = await stopped(server, [name, client, '1'], () => {})
      expect(end).toEqual({ code: 0, signal: null, lines: ['HEDDLE_STOPPED', 'cut', 'ready'] })
      await server.left
      expect(server.asked).toHaveLength(1)
    })
  })
})
