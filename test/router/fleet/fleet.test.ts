/** The lives of lanes: opened, replaced, and given up when they can't be replaced (D6). */
import { describe, expect, test } from 'vitest'
import type { Bounded } from '../../../src/until.ts'
import { DEATH, FleetRig, names, type Played, settled, stateOf } from '../../fixtures/fleet-rig.ts'

describe('the start', () => {
  test('is over when all lanes have started', async () => {
    const rig = new FleetRig({ lanes: 2 })
    const starting = rig.fleet.start()
    const [one, other] = rig.opened as [Played, Played]
    expect(names(rig.opened)).toEqual(['0.0', '1.0'])
    one.starts()
    expect(await stateOf(starting)).toBe('pending')
    expect(rig.takeTold()).toEqual(['0.0 is up'])
    other.starts()
    expect(await stateOf(starting)).toBe('resolved')
    expect(rig.lanes.map(({ handle }) => handle)).toEqual([one.handle, other.handle])
  })

  test('fails as soon as one lane can’t be started, which is closed and not tried again', async () => {
    const rig = new FleetRig({ lanes: 2 })
    const starting = rig.fleet.start()
    rig.last.fails(DEATH)
    expect(await stateOf(starting)).toBe(DEATH)
    expect(rig.opened.map(({ isClosed }) => isClosed)).toEqual([false, true])
    expect([names(rig.opened), rig.clock.pending, rig.takeTold()]).toEqual([['0.0', '1.0'], 0, []])
  })

  test('closes a lane before it fails, and waits for that', async () => {
    const rig = new FleetRig()
    rig.closesAtOnce = false
    const starting = rig.fleet.start()
    rig.last.fails(DEATH)
    expect(await stateOf(starting)).toBe('pending')
    rig.last.closes()
    expect(await stateOf(starting)).toBe(DEATH)
  })
})

describe('a lane is up', () => {
  test('when nothing is left to prepare, however often something is', async () => {
    const rig = new FleetRig()
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    rig.preparing.push(
      ...steps.map(
        ({ promise }) =>
          () =>
            promise,
      ),
    )
    const starting = rig.fleet.start()
    await rig.startAll()
    for (const step of steps) {
      expect([rig.lane().status, await stateOf(starting)]).toEqual(['starting', 'pending'])
      step.resolve()
      await settled()
    }
    expect([rig.lane().status, await stateOf(starting)]).toEqual(['up', 'resolved'])
  })

  test('and until then, neither its records nor its end count', async () => {
    const rig = new FleetRig()
    const step = Promise.withResolvers<void>()
    rig.preparing.push(() => step.promise)
    const starting = rig.fleet.start()
    await rig.startAll()
    rig.last.events.record({ kind: 'dry' })
    rig.last.events.closed(DEATH)
    expect([rig.takeTold(), rig.deaths]).toEqual([[], []])
    step.reject(DEATH) // what waits for a lane that has ended fails
    expect(await stateOf(starting)).toBe(DEATH)
    expect(rig.last.isClosed).toBe(true)
  })

  test('until its end: what comes later of that generation is dropped', async () => {
    const rig = new FleetRig()
    await rig.begin()
    const [first] = rig.opened as [Played]
    first.events.record({ kind: 'dry' })
    first.events.closed(DEATH)
    await rig.startAll()
    expect(rig.takeTold()).toEqual(['dry of 0', '0.0 died', '0.1 is up'])
    first.events.record({ kind: 'dry' })
    first.events.closed(DEATH)
    expect([rig.takeTold(), rig.deaths.length, rig.lane().status]).toEqual([[], 1, 'up'])
  })
})

describe('a lane that dies', () => {
  test('is reported with what is blamed', async () => {
    const rig = new FleetRig()
    await rig.begin()
    const { counters } = rig.last.handle
    counters.leave({ kind: 'turn', slot: 4 })
    rig.last.events.closed(DEATH)
    const blame = { kind: 'turn', slot: 4 }
    expect(rig.deaths).toEqual([{ lane: 0, cause: DEATH, blame }])
  })

  test('is replaced at once, and after a pause when it dies again before it settled anything', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.last.events.closed(DEATH)
    expect(names(rig.opened)).toEqual(['0.0', '0.1'])
    await rig.startAll()
    rig.last.events.closed(DEATH)
    await rig.advance(49)
    expect(names(rig.opened)).toEqual(['0.0', '0.1'])
    await rig.advance(1)
    expect(names(rig.opened)).toEqual(['0.0', '0.1', '0.2'])
    await rig.startAll()
    rig.lane().measure(1, 1)
    rig.last.events.closed(DEATH)
    expect(names(rig.opened)).toEqual(['0.0', '0.1', '0.2', '0.3'])
  })

  test('past its budget is given up, with the cause of its last death', async () => {
    const rig = new FleetRig({ max: 1 })
    await rig.begin()
    rig.last.events.closed(new Error('before'))
    await rig.startAll()
    rig.last.events.closed(DEATH)
    await rig.advance(100_000)
    expect(rig.takeTold()).toEqual(['0.0 died', '0.1 is up', '0.1 died', '0 is gone'])
    expect(rig.gone).toMatchObject([
      { code: 'HEDDLE_RESTART_BUDGET', fields: { lane: 0, deaths: 2, withinMs: 60_000 } },
    ])
    expect((rig.gone[0] as Error).cause).toBe(DEATH)
    expect([rig.lane().status, rig.clock.pending]).toEqual(['gone', 0])
  })

  test('of what turns have caused is never given up', async () => {
    const rig = new FleetRig({ max: 0 })
    rig.toll = 'attributed'
    await rig.begin()
    for (let deaths = 0; deaths < 10; deaths++) {
      rig.last.events.closed(DEATH)
      await rig.advance(250)
      await rig.startAll()
      expect(rig.lane().status).toBe('up')
    }
    expect(rig.gone).toEqual([])
  })

  test('leaves the other lanes as they are', async () => {
    const rig = new FleetRig({ lanes: 2, max: 0 })
    await rig.begin()
    rig.opened[0]?.events.closed(DEATH)
    expect(rig.lanes.map(({ status }) => status)).toEqual(['gone', 'up'])
    rig.opened[1]?.events.record({ kind: 'dry' })
    expect(rig.takeTold().at(-1)).toBe('dry of 1')
  })
})

describe('a replacement that can’t be started', () => {
  /** A lane that has died, whose replacement fails `times` times. */
  const failing = async (times: number) => {
    const rig = new FleetRig()
    await rig.begin()
    rig.last.events.closed(DEATH)
    for (let tries = 1; tries <= times; tries++) {
      rig.last.fails(new Error(`try ${tries}`))
      await settled()
      expect(rig.opened).toHaveLength(1 + tries)
      await rig.advance(50 * tries - 1)
      expect(rig.opened).toHaveLength(1 + tries)
      await rig.advance(1)
    }
    return rig
  }

  test('is tried again after a pause, twice, each as a generation of its own', async () => {
    const rig = await failing(2)
    expect(names(rig.opened)).toEqual(['0.0', '0.1', '0.2', '0.3'])
    expect(rig.opened.slice(1, 3).map(({ isClosed }) => isClosed)).toEqual([true, true])
    await rig.startAll()
    expect(rig.takeTold()).toEqual(['0.0 died', '0.3 is up'])
  })

  test('three times is given up, with the last problem', async () => {
    const rig = await failing(3)
    expect(rig.opened).toHaveLength(4)
    expect(rig.takeTold()).toEqual(['0.0 died', '0 is gone'])
    expect([rig.lane().status, rig.gone]).toEqual(['gone', [new Error('try 3')]])
  })

  test('is tried again where it can’t even be made', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.cannotOpen = new Error('no thread')
    rig.last.events.closed(DEATH)
    await settled()
    rig.cannotOpen = undefined
    await rig.advance(50)
    await rig.startAll()
    expect(rig.takeTold()).toEqual(['0.0 died', '0.2 is up'])
  })
})

test('a handle that a lane has is one that was started and prepared', async () => {
  const rig = new FleetRig()
  const seen: unknown[] = []
  rig.preparing.push(async () => seen.push(rig.lane().handle))
  const starting: Bounded<void> = rig.fleet.start()
  expect(rig.lane().handle).toBeUndefined()
  await rig.startAll()
  await starting
  expect([seen, rig.lane().handle === rig.last.handle]).toEqual([[undefined], true])
})
