/**
 * When work that a turn began and did not wait for fails, the turn fails, unless it is committed
 * already (D6).
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type InspectRecord,
  type Runtime,
  type RuntimeOptions,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import {
  AskSlip,
  careless,
  Slip,
  SlipAtAbort,
  SlipLate,
  Tally,
  WAYS,
} from '../fixtures/careless.agent.ts'
import { collector } from '../fixtures/glue.ts'
import { deafenTestRunner } from '../fixtures/process-errors.ts'

type Start = (options: RuntimeOptions) => Promise<Runtime>

const STARTS: readonly (readonly [string, Start])[] = [
  ['SingleThreadedRuntime', (options) => SingleThreadedRuntime.start(options)],
  ['ThreadedRuntime', (options) => ThreadedRuntime.start({ ...options, lanes: 1 })],
  [
    'simulated lanes',
    async (options) => (await startSimulated({ ...options, outside: 'report' })).runtime,
  ],
]
/** The simulation has no real timers. */
const AT_ONCE = ['reject', 'reject-later', 'undefined'] as const

async function begin(start: Start, options: RuntimeOptions = {}) {
  deafenTestRunner()
  const { agent, said, values } = collector()
  const runtime = await start({ agents: [careless, agent], ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const records: InspectRecord[] = []
  runtime.inspect((record) => records.push(record))
  const of = <K extends InspectRecord['kind']>(kind: K) => {
    return records.filter((record): record is InspectRecord & { kind: K } => record.kind === kind)
  }
  return { runtime, said, values, of }
}

describe.each(STARTS)('a failure that nobody waited for, on %s', (name, start) => {
  const ways = name === 'simulated lanes' ? AT_ONCE : WAYS

  test('fails the turn that began it while the turn goes on, and its lane lives', async () => {
    const { runtime, said, of } = await begin(start)
    for (const way of ways) {
      await runtime.publish(Slip({ way, turn: 'waits', attempts: 9 }), `slip/${way}`)
      await runtime.publish(Tally(), `tally/${way}`)
    }
    await runtime.publish(Tally(), 'tally/beside')
    await runtime.idle()
    const failed = (await runtime.deadLetters.list()).map(({ recipient, attempts, reason }) => {
      const { kind } = reason
      return { recipient, attempts, kind, message: 'error' in reason && reason.error.message }
    })
    for (const way of ways) {
      const message = way === 'undefined' ? 'undefined' : 'forgotten'
      const letter = { recipient: `careless/${way}`, attempts: 2, kind: 'failed', message }
      expect(failed).toContainEqual(letter)
    }
    expect(failed).toHaveLength(ways.length)
    const once = [...ways, 'beside'].map((by) => ({ by, value: 1 }))
    expect(said).toHaveLength(once.length)
    expect(said).toEqual(expect.arrayContaining(once))
    expect(of('lane-died')).toEqual([])
  })

  test('fails the turn though it has ended well, and the later turns of its key run again without it', async () => {
    const { runtime, values, of } = await begin(start)
    await runtime.publish(Tally(), 'tally/a')
    await runtime.publish(Slip({ way: 'reject-later', turn: 'ends', attempts: 9 }), 'slip/a')
    await runtime.publish(Tally(), 'tally/a')
    await runtime.publish(Tally(), 'tally/a')
    await runtime.publish(Tally(), 'tally/b')
    await runtime.idle()
    expect(values().toSorted()).toEqual([1, 1, 2, 3])
    expect(await runtime.deadLetters.list()).toMatchObject([
      { message: 'slip', attempts: 1, reason: { kind: 'failed', error: { message: 'forgotten' } } },
    ])
    expect(runtime.stats()).toMatchObject({ handled: 8, deadLettered: 1 })
    const { agents } = await runtime.saveState()
    expect(agents).toEqual({ 'careless/a': { count: '3' }, 'careless/b': { count: '1' } })
    const told = [...of('emitted'), ...of('retracted')].length
    expect(of('emitted').length - of('retracted').length, `of ${told}`).toBe(4)
    expect(of('lane-died')).toEqual([])
  })

  test('is retried as any failure, and leaves no trace', async () => {
    const { runtime, values } = await begin(start)
    await runtime.publish(Slip({ way: 'reject', turn: 'waits', attempts: 1 }), 'slip/a')
    await runtime.publish(Tally(), 'tally/a')
    await runtime.idle()
    expect(values()).toEqual([1, 2])
    expect(runtime.stats()).toMatchObject({ handled: 4, deadLettered: 0 })
  })

  test('fails the request, whether its turn goes on or has ended', async () => {
    const { runtime } = await begin(start)
    for (const turn of ['waits', 'ends'] as const) {
      const asked = runtime.send(AskSlip({ way: 'reject', turn, attempts: 9 }), 'careless/a')
      const failure = { code: 'HEDDLE_REQUEST_FAILED', cause: { message: 'forgotten' } }
      await expect(asked).rejects.toMatchObject(failure)
    }
  })

  test('harms no other turn, however often it happens', async () => {
    const { runtime, values, of } = await begin(start, { restarts: { max: 1 } })
    for (let n = 0; n < 60; n++) {
      await runtime.publish(Slip({ way: 'reject', turn: 'ends', attempts: 9 }), `slip/${n % 7}`)
      await runtime.publish(Tally(), `tally/${n % 5}`)
    }
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ handled: 120, deadLettered: 60, health: 'sound' })
    const each = Array.from({ length: 12 }, (_, at) => Array(5).fill(at + 1)).flat()
    expect(values().toSorted((one, other) => Number(one) - Number(other))).toEqual(each)
    expect(of('lane-died')).toEqual([])
  })
})

describe.each(STARTS.slice(0, 2))('a failure that comes too late, on %s', (_, start) => {
  test.each(['timer', 'reject-later'] as const)(
    'changes no outcome, and is reported: %s',
    async (way) => {
      const { runtime, values, of } = await begin(start)
      const told = new Promise<void>((resolve) => {
        runtime.inspect(({ kind }) => kind === 'late-error' && resolve())
      })
      await runtime.publish(SlipLate({ way }), 'slip-late/a')
      await told
      await runtime.publish(Tally(), 'tally/a')
      await runtime.idle()
      expect(values()).toEqual([1, 2])
      expect(runtime.stats()).toMatchObject({ handled: 4, deadLettered: 0 })
      const { messageId } = of('accepted').find(({ message }) => message === 'slip-late') as {
        messageId: string
      }
      expect(of('late-error')).toMatchObject([
        { agent: 'careless/a', message: 'slip-late', messageId, error: { message: 'forgotten' } },
      ])
      expect(of('lane-died')).toEqual([])
    },
  )

  test('a listener on a turn’s signal throws as a part of the turn', async () => {
    const { runtime, of } = await begin(start)
    const task = await runtime.run(SlipAtAbort(), 'slip-at-abort/a')
    for await (const { kind } of task.events) {
      if (kind === 'emitted') task.cancel()
      break
    }
    await runtime.publish(Tally(), 'tally/b')
    const { stopReason } = await task.ended
    expect(stopReason.kind).toBe('cancelled')
    await runtime.idle()
    expect(of('lane-died')).toEqual([])
  })
})
