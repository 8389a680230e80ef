/** What a lane's death is blamed on (D6). */
import { describe, expect, test } from 'vitest'
import { HeddleError } from '../../../src/errors.ts'
import { blameFor } from '../../../src/router/fleet/blame.ts'
import { Counters, type Culprit } from '../../../src/wire/counters.ts'

describe('a death is blamed', () => {
  const leaving: Record<string, Culprit> = {
    unknown: { kind: 'unknown' },
    turn: { kind: 'turn', slot: 3 },
    past: { kind: 'past-turn' },
  }
  const fields = { lane: 0, silentMs: 1_000, turns: [] }
  const causes = {
    hung: new HeddleError('HEDDLE_LANE_HUNG', fields),
    exited: new Error('it exited'),
    ended: new HeddleError('HEDDLE_LANE_ENDED', { lane: 0 }),
    load: new HeddleError('HEDDLE_AGENT_LOAD_FAILED', {
      agent: 'a',
      module: 'a.ts',
      problem: 'spins',
    }),
    setup: new HeddleError('HEDDLE_SETUP_FAILED', { agent: 'a', problem: 'spins' }),
  }
  const turns = { kind: 'turns' }
  const nobody = { kind: 'nobody' }

  /** `current`: a turn held the thread at the end. */
  const blamed = (cause: unknown, culprit: Culprit, current: boolean) => {
    const counters = Counters.create()
    if (current) counters.enter(5)
    if (culprit.kind !== 'unknown') counters.leave(culprit)
    return blameFor(cause, counters)
  }

  test.each<[keyof typeof causes, string, object, object]>([
    ['hung', 'unknown', { kind: 'turn', slot: 5 }, turns],
    ['hung', 'turn', { kind: 'turn', slot: 5 }, { kind: 'turn', slot: 3 }],
    ['hung', 'past', { kind: 'turn', slot: 5 }, { kind: 'past-turn' }],
    ['exited', 'unknown', turns, turns],
    ['exited', 'turn', { kind: 'turn', slot: 3 }, { kind: 'turn', slot: 3 }],
    ['exited', 'past', { kind: 'past-turn' }, { kind: 'past-turn' }],
    ['ended', 'turn', nobody, nobody],
    ['load', 'turn', nobody, nobody],
    ['setup', 'unknown', nobody, nobody],
  ])('%s, %s: with a turn that holds the thread, and without', (cause, left, held, free) => {
    const culprit = leaving[left] as Culprit
    expect(blamed(causes[cause], culprit, true)).toEqual(held)
    expect(blamed(causes[cause], culprit, false)).toEqual(free)
  })

  test('on any turn where the lane has no shared memory, unless it was ended from outside', () => {
    expect(blameFor(causes.exited, undefined)).toEqual(turns)
    expect(blameFor(causes.hung, undefined)).toEqual(turns)
    expect(blameFor(causes.ended, undefined)).toEqual(nobody)
  })
})
