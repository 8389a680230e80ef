/** The example of a real model asks the server that the environment names. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type Asked, type Reaction, startOpenAIServer } from '../fixtures/openai-server.ts'

const MAIN = fileURLToPath(new URL('../../examples/27-a-real-model/main.ts', import.meta.url))

/** The planner asks once, and is done with the next answer; the worker uses its tool. */
function shop({ messages }: Asked): Reaction {
  const [system] = messages
  if (String(system?.content).startsWith('You do what the planner says')) {
    if (messages.at(-1)?.role === 'tool') return { kind: 'says', text: ['It costs ', '3.'] }
    return { kind: 'says', calls: [{ name: 'price_of', arguments: ['{"item":', '"tea"}'] }] }
  }
  const isFound = messages.some(({ content }) => content === 'worker: It costs 3.')
  return { kind: 'says', text: [isFound ? 'DONE: it is 3.' : 'Look it up.'] }
}

test('each line is a question to the team on lanes', async () => {
  const server = await startOpenAIServer(shop)
  const more = { MODEL: 'small', OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-of-the-test' }
  const args = ['-C', 'heddle-source', MAIN]
  const running = promisify(execFile)(process.execPath, args, { env: { ...process.env, ...more } })
  running.child.stdin?.end('What is tea?\nAnd now?\n')
  const { stdout, stderr } = await running
  expect(stderr).toBe('')
  expect(stdout).toContain('← price_of: 3\nIt costs 3.')
  expect(stdout.match(/condition: planner mentioned 'DONE'/g)).toHaveLength(2)
  expect(server.asked.length).toBeGreaterThanOrEqual(5)
  for (const { authorization } of server.headers) {
    expect(authorization).toBe('Bearer sk-of-the-test')
  }
})
