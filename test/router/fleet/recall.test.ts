/** When keys are taken back from one lane for another: which lanes give, and which take (D2). */
import { describe, expect, test } from 'vitest'
import { laneOf, Rig } from '../../fixtures/placement-rig.ts'

/** Moves the clock, and lets what has arrived be taken in before keys are taken back. */
const pass = async (rig: Rig, ms: number) => {
  rig.clock.advance(ms)
  await new Promise<void>((resolve) => rig.clock.soon(resolve))
}

/** Two lanes: on the first a turn and what waits behind it, on the second nothing. */
function uneven() {
  const rig = new Rig()
  const [from, to] = [rig.lane(0), rig.lane(1)]
  rig.end(to)
  rig.heavy('heavy')
  const waiting = rig.publish('waits')
  rig.open(to)
  return { rig, from, to, waiting }
}

describe('what waits on a lane is taken back', () => {
  test('a millisecond after it was seen there, and not before', async () => {
    const { rig, waiting } = uneven()
    rig.recall.look()
    await pass(rig, 0.9)
    expect([rig.moves, laneOf(waiting)]).toEqual([0, 0])
    await pass(rig, 0.1)
    expect([rig.moves, laneOf(waiting)]).toEqual([1, 1])
  })

  test('unless it was posted since: it has its own millisecond', async () => {
    const { rig, to, from } = uneven()
    rig.recall.look()
    rig.end(to)
    rig.clock.advance(0.5)
    const later = rig.publish('later')
    rig.open(to)
    expect(laneOf(later)).toBe(0)
    rig.recall.look()
    await pass(rig, 0.5)
    expect([laneOf(later), from.computes]).toEqual([0, true])
    rig.placement.heard(to, 'dry')
    await pass(rig, 0.5)
    expect(laneOf(later)).toBe(1)
  })

  test('again and again, while more comes', async () => {
    const { rig, to } = uneven()
    rig.recall.look()
    await pass(rig, 1)
    rig.placement.heard(to, 'dry')
    rig.end(to)
    const later = rig.publish('later')
    rig.open(to)
    rig.recall.look()
    rig.placement.heard(to, 'dry')
    await pass(rig, 1)
    expect([rig.moves, laneOf(later)]).toEqual([2, 1])
  })

  test('not when nothing is in flight any more, nor after the stop', async () => {
    for (const end of ['rest', 'stop'] as const) {
      const { rig } = uneven()
      rig.recall.look()
      rig.recall[end]()
      await pass(rig, 5)
      expect([end, rig.moves, rig.clock.pending]).toEqual([end, 0, 0])
    }
  })

  test('never where there is one lane', () => {
    const rig = new Rig({ lanes: 1 })
    rig.heavy('heavy')
    rig.publish('waits')
    rig.recall.look()
    expect(rig.clock.pending).toBe(0)
  })
})

describe('a lane computes', () => {
  test('when it has work and posted no record for as long', async () => {
    const { rig, from } = uneven()
    rig.recall.look()
    await pass(rig, 1)
    expect(from.computes).toBe(true)
  })

  test('and not when it was heard from, or has nothing to do', async () => {
    const { rig, from, to } = uneven()
    rig.recall.look()
    rig.placement.heard(from, 'observations')
    await pass(rig, 1)
    expect([from.computes, to.computes]).toEqual([false, false])
  })
})

describe('a lane gives and takes', () => {
  test('nothing, where the other is not up or has a suspect', () => {
    for (const close of ['drain', 'suspect'] as const) {
      const { rig, to } = uneven()
      if (close === 'drain') rig.drain(to)
      else rig.suspect(rig.publish('suspect'))
      rig.recall.look()
      expect([close, rig.clock.pending]).toEqual([close, 0])
    }
  })

  test('what waits for a turn that goes on, while another lane has nothing at all', async () => {
    const { rig, from, waiting } = uneven()
    rig.recall.look()
    rig.placement.heard(from, 'commit')
    await pass(rig, 1)
    expect([from.computes, laneOf(waiting)]).toEqual([false, 1])
  })

  test('what waits behind a turn that computes, though the other lane has a little to do', async () => {
    const { rig, from, to, waiting } = uneven()
    rig.heavy('little')
    expect([from.load, to.load]).toEqual([2, 1])
    rig.recall.look()
    rig.placement.heard(to, 'commit')
    await pass(rig, 1)
    expect([from.computes, laneOf(waiting)]).toEqual([true, 1])
  })
})
