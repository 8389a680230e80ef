/** How lanes end that have not died: renewed, closed, or given up and opened again (D6, D11). */
import { describe, expect, test } from 'vitest'
import { HeddleError } from '../../../src/errors.ts'
import {
  DEATH,
  FleetRig,
  names,
  type Played,
  problemOf,
  settled,
  stateOf,
} from '../../fixtures/fleet-rig.ts'

describe('renewal', () => {
  const cause = new HeddleError('HEDDLE_LANE_FULL', { lane: 0, percent: 90, watermark: 80 })

  test('replaces a lane at once, blames nobody, and counts against no budget', async () => {
    const rig = new FleetRig({ max: 0 })
    await rig.begin()
    for (let times = 1; times <= 4; times++) {
      const before = rig.last
      rig.fleet.renew(rig.lane(), cause)
      expect([before.isClosed, names(rig.opened).at(-1)]).toEqual([true, `0.${times}`])
      await rig.startAll()
    }
    expect(rig.deaths[0]).toEqual({ lane: 0, cause, blame: { kind: 'nobody' } })
    expect([rig.lane().status, rig.gone]).toEqual(['up', []])
  })

  test('does not wait for the old thread, whose problems are reported, and whose end is no death', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.closesAtOnce = false
    const [old] = rig.opened as [Played]
    rig.fleet.renew(rig.lane(), cause)
    await rig.startAll()
    expect(rig.takeTold()).toEqual(['0.0 died', '0.1 is up'])
    old.events.closed(DEATH)
    old.closes(problemOf(0))
    await settled()
    expect(rig.takeTold()).toEqual(['0 was not disposed'])
  })
})

describe('the stop', () => {
  test('closes the lanes that are up, and resolves to their problems', async () => {
    const rig = new FleetRig({ lanes: 2 })
    await rig.begin()
    rig.closesAtOnce = false
    const stopping = rig.fleet.stop()
    expect(rig.opened.map(({ isClosed }) => isClosed)).toEqual([true, true])
    rig.opened[0]?.closes(problemOf(0))
    expect(await stateOf(stopping)).toBe('pending')
    rig.opened[1]?.closes(problemOf(1))
    expect(await stopping).toEqual([problemOf(0), problemOf(1)])
    rig.last.events.record({ kind: 'dry' })
    rig.last.events.closed(DEATH)
    expect([rig.takeTold(), rig.opened.length]).toEqual([[], 2])
  })

  test('closes a lane that is starting, which is never up', async () => {
    const rig = new FleetRig()
    const starting = rig.fleet.start()
    const stopping = rig.fleet.stop()
    expect(rig.last.isClosed).toBe(true)
    expect(await stopping).toEqual([])
    expect(await stateOf(starting)).toEqual(new Error('it was closed'))
    expect([rig.takeTold(), rig.lane().handle]).toEqual([[], undefined])
  })

  test('closes a lane that had started, and was not prepared, which is never up', async () => {
    const rig = new FleetRig()
    const step = Promise.withResolvers<void>()
    rig.preparing.push(() => step.promise)
    const starting = rig.fleet.start()
    await rig.startAll()
    const stopping = rig.fleet.stop()
    step.resolve() // it was prepared as it was being closed
    expect([await stateOf(starting), await stopping]).toEqual(['resolved', []])
    expect([rig.last.isClosed, rig.takeTold(), rig.lane().handle]).toEqual([true, [], undefined])
  })

  test('closes a replacement that is starting, and neither tries again nor gives it up', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.last.events.closed(DEATH)
    await rig.fleet.stop()
    await rig.advance(100_000)
    expect([rig.opened.length, rig.last.isClosed, rig.clock.pending]).toEqual([2, true, 0])
    expect([rig.takeTold(), rig.gone]).toEqual([['0.0 died'], []])
  })

  test('ends the pause before a replacement, which is not opened', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.last.events.closed(DEATH)
    await rig.startAll()
    rig.last.events.closed(DEATH)
    expect(rig.clock.pending).toBe(1)
    await rig.fleet.stop()
    await settled()
    expect([rig.clock.pending, rig.opened.length, rig.gone]).toEqual([0, 2, []])
  })

  test('ends the pause after a start that failed', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.last.events.closed(DEATH)
    rig.last.fails(DEATH)
    await settled()
    await rig.fleet.stop()
    await settled()
    expect([rig.clock.pending, rig.opened.length, rig.gone]).toEqual([0, 2, []])
  })

  test('waits for lanes that were renewed and are still closing', async () => {
    const rig = new FleetRig()
    await rig.begin()
    rig.closesAtOnce = false
    const [old] = rig.opened as [Played]
    rig.fleet.renew(rig.lane(), DEATH)
    await rig.startAll()
    const stopping = rig.fleet.stop()
    rig.last.closes()
    expect(await stateOf(stopping)).toBe('pending')
    old.closes(problemOf(0))
    expect(await stopping).toEqual([])
    expect(rig.takeTold().at(-1)).toBe('0 was not disposed')
  })
})

describe('lanes that were given up', () => {
  /** Two lanes, of which the first was given up. */
  const givenUp = async () => {
    const rig = new FleetRig({ lanes: 2, max: 0 })
    await rig.begin()
    rig.opened[0]?.events.closed(DEATH)
    rig.takeTold()
    return rig
  }

  test('are opened again, they alone, as if they had never died', async () => {
    const rig = await givenUp()
    const again = rig.fleet.restart()
    expect([names(rig.opened), rig.lane().status]).toEqual([['0.0', '1.0', '0.1'], 'starting'])
    await rig.startAll()
    expect([await stateOf(again), rig.takeTold()]).toEqual(['resolved', ['0.1 is up']])
  })

  test('have their whole budget again', async () => {
    const rig = new FleetRig({ max: 1 })
    await rig.begin()
    for (let deaths = 0; deaths < 2; deaths++) {
      rig.last.events.closed(DEATH)
      await rig.startAll()
    }
    expect(rig.lane().status).toBe('gone')
    const again = rig.fleet.restart()
    await rig.startAll()
    await again
    rig.last.events.closed(DEATH)
    await rig.startAll()
    expect(rig.lane().status).toBe('up')
  })

  test('stay given up when they can’t be opened, and another try is another generation', async () => {
    const rig = await givenUp()
    const again = rig.fleet.restart()
    const problem = new Error('no memory')
    rig.last.fails(problem)
    expect(await stateOf(again)).toBe(problem)
    expect([rig.lane().status, rig.takeTold()]).toEqual(['gone', ['0 is gone']])
    const later = rig.fleet.restart()
    expect(names(rig.opened).at(-1)).toBe('0.2')
    await rig.startAll()
    expect(await stateOf(later)).toBe('resolved')
  })

  test('are not reported again as gone by a stop that comes between', async () => {
    const rig = await givenUp()
    const again = rig.fleet.restart()
    await rig.fleet.stop()
    expect(await stateOf(again)).toEqual(new Error('it was closed'))
    expect(rig.takeTold()).toEqual([])
  })

  test('are tried all: what one can’t do does not keep the others', async () => {
    const rig = new FleetRig({ lanes: 2, max: 0 })
    await rig.begin()
    for (const { events } of [...rig.opened]) events.closed(DEATH)
    const again = rig.fleet.restart()
    const [, , one, other] = rig.opened as [Played, Played, Played, Played]
    one.fails(DEATH)
    expect(await stateOf(again)).toBe('pending')
    other.starts()
    expect(await stateOf(again)).toBe(DEATH)
    expect(rig.lanes.map(({ status }) => status)).toEqual(['gone', 'up'])
  })
})
