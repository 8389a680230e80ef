/**
 * A record that arrived in time counts as in time, even if the main thread was too busy to read it:
 * deadlines are judged after what has arrived is taken in (D9, D11).
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import {
  type InspectRecord,
  ThreadedRuntime,
  type ThreadedRuntimeOptions,
} from '../../src/index.ts'
import { block, blockUntilHeard } from '../fixtures/blocker.agent.ts'
import { gates } from '../fixtures/glue.ts'
import { Answer, Hold, PassOn, Ping, prompt, TakeTurn, Work } from '../fixtures/prompt.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const DEADLINE_MS = 200

/**
 * A signal that can be received within one turn of this thread's loop, and without a disk, which
 * may be slow.
 */
interface Sign {
  /** The channel on which a lane signals that it has posted its commit. */
  readonly name: string
  readonly channel: BroadcastChannel
  /** Whether the thread was blocked. */
  wasWaitedFor: boolean
}

function newSign(): Sign {
  const name = `heddle-busy-${randomUUID()}`
  const channel = new BroadcastChannel(name)
  onTestFinished(() => channel.close())
  return { name, channel, wasWaitedFor: false }
}

/** Blocks this thread until the lane has posted its commit, and the deadlines are long over. */
function blockUntil(sign: Sign): void {
  blockUntilHeard(sign.channel, 20_000)
  block(4 * DEADLINE_MS)
  sign.wasWaitedFor = true
}

async function start(options: ThreadedRuntimeOptions = {}) {
  const { agent, entered, open } = gates()
  const runtime = await ThreadedRuntime.start({
    ...{ agents: [prompt, agent], lanes: 2, limits: { one: 1 } },
    ...options,
  })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  await Promise.all(['a', 'b', 'c', 'd'].map((key) => runtime.send(Ping(), `prompt/${key}`)))
  /**
   * Blocks the thread once the delivery that this record reports has been posted, before any result
   * can be read. A delivery that follows from a lane's record is posted as soon as the record has
   * been taken in. A delivery from outside is posted in an immediate, and no port is read between
   * the immediates of one turn of the loop.
   */
  const blockAfter = (from: 'outside' | 'lane', isIt: IsIt, sign: Sign) => {
    const unlisten = runtime.inspect((record) => {
      if (!isIt(record)) return
      unlisten()
      const block = () => blockUntil(sign)
      queueMicrotask(from === 'lane' ? block : () => setImmediate(block))
    })
  }
  return { runtime, entered, open, blockAfter }
}

type IsIt = (record: InspectRecord) => boolean
const isAccepted = (message: string) => (record: InspectRecord) =>
  record.kind === 'accepted' && record.message === message
const hasEntered = (record: InspectRecord) => record.kind === 'turn' && record.message === 'enter'

test('a caller gets the answer that came within its deadline', async () => {
  const { runtime, blockAfter } = await start()
  const sign = newSign()
  blockAfter('outside', isAccepted('answer'), sign)
  const answer = runtime.send(Answer({ sign: sign.name }), 'prompt/a', { deadlineMs: DEADLINE_MS })
  expect(await answer).toBe('in time')
  expect(sign.wasWaitedFor).toBe(true)
})

test('a turn gets the answer that came within its deadline', async () => {
  const { runtime, blockAfter } = await start()
  const sign = newSign()
  blockAfter('lane', isAccepted('answer'), sign)
  const request = PassOn({ to: 'prompt/other', sign: sign.name, deadlineMs: DEADLINE_MS })
  expect(await runtime.send(request, 'prompt/a')).toBe('in time')
  expect(sign.wasWaitedFor).toBe(true)
})

test('a turn gets the limit that was released within its deadline', async () => {
  const { runtime, entered, open, blockAfter } = await start()
  const sign = newSign()
  const held = runtime.send(Hold({ sign: sign.name }), 'prompt/a')
  await entered('held')
  const { promise: waits, resolve } = Promise.withResolvers<void>()
  runtime.inspect((record) => record.kind === 'emitted' && resolve())
  const took = runtime.send(TakeTurn({ deadlineMs: 2 * DEADLINE_MS }), 'prompt/b')
  await waits
  // Its request for the limit follows the event, and has arrived when its lane has answered twice.
  for (let n = 0; n < 2; n++) {
    await Promise.all([runtime.send(Ping(), 'prompt/b1'), runtime.send(Ping(), 'prompt/b2')])
  }
  blockAfter('lane', hasEntered, sign)
  open('held')
  expect(await Promise.all([held, took])).toEqual(['held', 'had it'])
  expect(sign.wasWaitedFor).toBe(true)
})

test('a stop leaves no work that was done by its deadline', async () => {
  const { runtime, blockAfter } = await start()
  const sign = newSign()
  const { promise: posted, resolve } = Promise.withResolvers<void>()
  runtime.inspect((record) => record.kind === 'accepted' && setImmediate(resolve))
  blockAfter('outside', isAccepted('work'), sign)
  await runtime.publish(Work({ sign: sign.name }), 'work/a')
  await posted
  expect(await runtime.stop({ deadlineMs: DEADLINE_MS })).toMatchObject({ left: 0 })
  expect(runtime.stats()).toMatchObject({ handled: 5, deadLettered: 0 }) // four pings before
  expect(sign.wasWaitedFor).toBe(true)
})

test('a healthy lane is not considered hung, and its turn has not timed out', async () => {
  const { runtime, entered, open } = await start({ turnTimeoutMs: 400, turnGraceMs: 1 })
  const died: string[] = []
  runtime.inspect((record) => void (record.kind === 'lane-died' && died.push(record.cause.message)))
  const sign = newSign()
  const held = runtime.send(Hold({ sign: sign.name }), 'prompt/a')
  await entered('held')
  block(1_500)
  open('held')
  expect(await held).toBe('held')
  expect(died).toEqual([])
})

test('an answer that did not come in time is late', async () => {
  const { runtime } = await start()
  const request = Hold({ sign: newSign().name })
  const ask = () => runtime.send(request, 'prompt/a', { deadlineMs: DEADLINE_MS })
  await expectRefusal(ask, 'HEDDLE_DEADLINE')
})
