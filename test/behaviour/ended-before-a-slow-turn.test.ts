/**
 * The result of a short turn leaves its lane before the turn of an agent that is known to hold the
 * thread (D2).
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { ThreadedRuntime } from '../../src/index.ts'
import { Block, blocker, Glance, glancer } from '../fixtures/blocker.agent.ts'

test('an answer does not wait for the turn behind it, whose agent has held the thread before', async () => {
  const runtime = await ThreadedRuntime.start({ agents: [blocker, glancer], lanes: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const channel = randomUUID()
  const answered = new BroadcastChannel(channel)
  onTestFinished(() => answered.close())
  await runtime.send(Block({ channel, ms: 5 }), 'blocker/a')

  const glance = runtime.send(Glance(), 'glancer/a')
  const block = runtime.send(Block({ channel, ms: 10_000 }), 'blocker/b')
  expect(await glance).toBe('seen')
  // more than once: the turn that listens may begin only now
  let isOver = false
  void block.then(() => {
    isOver = true
  })
  while (!isOver) {
    answered.postMessage('answered')
    await new Promise(setImmediate)
  }
  expect(await block).toBe(true)
})
