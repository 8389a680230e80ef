import { expect, onTestFinished, test } from 'vitest'
import { ThreadedRuntime, type ThreadedRuntimeOptions } from '../../src/index.ts'
import { curious, Peek } from '../fixtures/curious.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

/** What a lane sees of the variable HEDDLE_SECRET, and of PATH. */
async function seenOn(options: ThreadedRuntimeOptions): Promise<unknown> {
  process.env.HEDDLE_SECRET = 'swordfish'
  const runtime = await ThreadedRuntime.start({ lanes: 1, agents: [curious], ...options })
  onTestFinished(async () => {
    delete process.env.HEDDLE_SECRET
    await runtime.stop()
  })
  return runtime.send(Peek(), 'curious/a')
}

test('a lane sees the environment of the main thread by default', async () => {
  expect(await seenOn({})).toMatchObject({ secret: 'swordfish' })
})

test('a lane can be denied the environment', async () => {
  expect(await seenOn({ laneEnv: {} })).toEqual({ secret: '', names: [] })
})

test('a lane can be given only some variables', async () => {
  expect(await seenOn({ laneEnv: { MODE: 'calm' } })).toEqual({ secret: '', names: ['MODE'] })
})

test.each([
  ['laneEnv', 'none'],
  ['laneEnv', { PORT: 80 }],
  ['laneEnv', new Map([['MODE', 'calm']])],
  ['laneHeapMb', 0],
  ['laneHeapMb', '64'],
])('%s can’t be %j', async (option, value) => {
  const start = () => ThreadedRuntime.start({ lanes: 1, [option]: value })
  await expectRefusal(start, 'HEDDLE_INVALID_OPTION', `'${option}'`)
})
