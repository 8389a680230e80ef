/**
 * When it is known which turn's code ended a lane, no other turn is held back, and no number of
 * such messages takes the runtime down (D6).
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type InspectRecord,
  type Runtime,
  ThreadedRuntime,
  type ThreadedRuntimeOptions,
} from '../../src/index.ts'
import { careless, Doze, Hang, Quit, Sabotage, Tally } from '../fixtures/careless.agent.ts'
import { collector } from '../fixtures/glue.ts'

async function start(options: ThreadedRuntimeOptions = {}) {
  const { agent, values } = collector()
  const agents = [careless, agent]
  const runtime = await ThreadedRuntime.start({ lanes: 2, agents, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const deaths: (InspectRecord & { kind: 'lane-died' })[] = []
  runtime.inspect((record) => record.kind === 'lane-died' && deaths.push(record))
  return { runtime, deaths, values }
}

/** Each death starts a thread, and that takes time. */
const MANY_DEATHS_MS = 120_000

describe('a lane that a turn has ended', { timeout: MANY_DEATHS_MS }, () => {
  test('of many messages that end their threads each is poison the second time, and no other message is lost or a dead letter', async () => {
    const { runtime, deaths, values } = await start({ restarts: { max: 1 } })
    for (let n = 0; n < 5; n++) {
      await runtime.publish(Quit({ later: false }), `quit/${n}`)
      await runtime.publish(Tally(), `tally/${n}`)
      await runtime.publish(Tally(), `tally/beside-${n}`)
    }
    await runtime.idle()
    const letters = await runtime.deadLetters.list()
    expect(letters.map(({ message, reason }) => `${message} ${reason.kind}`)).toEqual(
      Array(5).fill('quit poison'),
    )
    expect(values()).toEqual(Array(10).fill(1))
    expectNoLaneGone(runtime)
    expect(deaths).toHaveLength(10)
    for (const { culprit, suspects } of deaths) {
      expect(culprit).toMatch(/^careless\/\d+$/)
      expect(suspects).toEqual([culprit])
    }
  })

  test('innocent messages that wait have their turns before one that ended the lane has its second', async () => {
    const { runtime, deaths } = await start({ lanes: 1 })
    const order: string[] = []
    runtime.inspect((record) => {
      if (record.kind === 'turn' && record.message === 'tally') order.push('tally')
      if (record.kind === 'dead-letter') order.push(record.letter.reason.kind)
    })
    for (let n = 0; n < 3; n++) await runtime.publish(Quit({ later: false }), `quit/${n}`)
    for (let n = 0; n < 3; n++) await runtime.publish(Tally(), `tally/beside-${n}`)
    await runtime.idle()
    expect(order).toEqual([...Array(3).fill('tally'), ...Array(3).fill('poison')])
    expect(deaths).toHaveLength(6)
  })

  test('a turn that hangs before its first await is known as the only culprit, and the others run', async () => {
    const limits = { turnTimeoutMs: 1_000, turnGraceMs: 100 }
    const { runtime, deaths, values } = await start({ lanes: 1, ...limits })
    await runtime.publish(Doze({ ms: 200 }), 'doze/a')
    await runtime.publish(Hang(), 'hang/b')
    await runtime.idle()
    expect(values()).toEqual([1])
    const [letter] = await runtime.deadLetters.list({ message: 'hang' })
    expect(letter?.reason).toMatchObject({
      kind: 'failed',
      error: { code: 'HEDDLE_TURN_TIMEOUT' },
    })
    expect(deaths.map(({ culprit }) => culprit)).toEqual(['careless/b', 'careless/b'])
  })

  test('turns that only waited when another ended their thread run again at once', async () => {
    const { runtime, deaths, values } = await start({ lanes: 1 })
    const dozing = Array.from({ length: 30 }, (_, n) => {
      return runtime.publish(Doze({ ms: 400 }), `doze/${n}`)
    })
    await Promise.all(dozing)
    await runtime.publish(Quit({ later: false }), 'quit/a')
    const { promise: second, resolve } = Promise.withResolvers<number>()
    runtime.inspect(
      ({ kind }) => kind === 'lane-died' && deaths.length === 2 && resolve(performance.now()),
    )
    const died = await second
    await runtime.idle()
    expect(values()).toEqual(Array(30).fill(1))
    expect(await runtime.deadLetters.list()).toMatchObject([
      { message: 'quit', reason: { kind: 'poison' } },
    ])
    // one after another, the turns would take twelve seconds
    expect(performance.now() - died).toBeLessThan(6_000)
  })

  test('a turn that ends its thread after its end is not suspected, nor is any other', async () => {
    const { runtime, deaths, values } = await start({ lanes: 1, restarts: { max: 1 } })
    for (let n = 0; n < 3; n++) {
      const { promise: died, resolve } = Promise.withResolvers<void>()
      const stop = runtime.inspect(({ kind }) => kind === 'lane-died' && resolve())
      await runtime.publish(Quit({ later: true }), `quit/${n}`)
      await runtime.publish(Doze({ ms: 60 }), 'doze/a')
      await died
      await runtime.idle()
      stop()
    }
    expect(deaths.map(({ culprit, suspects }) => ({ culprit, suspects }))).toEqual(
      Array(3).fill({ culprit: undefined, suspects: [] }),
    )
    expect(values()).toEqual([1, 2, 3])
    expect(runtime.stats().deadLettered).toBe(0)
    expectNoLaneGone(runtime)
  })

  test.each(['ended', 'going on'] as const)(
    'when the culprit is unknown, turns that have ended are suspects like those that go on: %s',
    async (turn) => {
      const { runtime, deaths, values } = await start({ lanes: 1, restarts: { max: 3 } })
      await runtime.publish(Doze({ ms: 20 }), 'doze/a')
      await runtime.publish(Sabotage(turn), 'sabotage/b')
      await runtime.publish(Tally(), 'tally/c')
      await runtime.idle()
      expect(await runtime.deadLetters.list()).toMatchObject([
        { message: 'sabotage', attempts: 3, reason: { kind: 'poison' } },
      ])
      expect(values()).toEqual([1, 1])
      expect(deaths.length).toBeLessThanOrEqual(3)
      for (const { culprit, suspects } of deaths) {
        expect(culprit).toBeUndefined()
        expect(suspects).toContain('careless/b')
      }
      expectNoLaneGone(runtime)
    },
  )
})

/** Lanes may still be starting again. */
function expectNoLaneGone(runtime: Runtime): void {
  expect(runtime.stats().lanes.filter(({ status }) => status === 'gone')).toEqual([])
}
