/**
 * A thread that can't become a lane fails the start with the error that it had, and leaves nothing
 * behind.
 */
import { describe, expect, test } from 'vitest'
import { type ErrorCode, type InspectRecord, ThreadedRuntime } from '../../src/index.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { Leave, onlyOnce } from '../fixtures/only-once.agent.ts'
import { Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url)
const LANE = new URL('../../workers/lane.ts', import.meta.url)

describe('a `laneEntry`', () => {
  const unusable: [name: string, entry: unknown, code: ErrorCode, ...parts: string[]][] = [
    ['a path', '/lane.js', 'HEDDLE_INVALID_OPTION', "'laneEntry'", 'the URL of a file'],
    ['elsewhere', new URL('https://lane.invalid/'), 'HEDDLE_INVALID_OPTION', "'laneEntry'"],
    ['not there', fixture('no-lane.ts'), 'HEDDLE_NO_LANE_ENTRY', 'no-lane.ts', 'heddle/lane'],
    ['broken', fixture('bad/throws-at-import.ts'), 'HEDDLE_LANE_START_FAILED', 'broken at import'],
    ['not a lane', fixture('closure-module.ts'), 'HEDDLE_LANE_START_FAILED', 'did not start'],
    [
      'a module that exits',
      fixture('bad/exits-at-import.ts'),
      'HEDDLE_LANE_START_FAILED',
      'exited',
      '7',
    ],
  ]

  test.each(unusable)('is refused when it is %s', async (_, entry, code, ...parts) => {
    const start = () => ThreadedRuntime.start({ lanes: 2, laneEntry: entry as URL })
    await expectRefusal(start, code, ...parts)
  })

  test('fails the start with the cause, whichever lane it fails on', async () => {
    const laneEntry = fixture('bad/throws-at-import.ts')
    const start = () => ThreadedRuntime.start({ lanes: 1, laneEntry })
    const { cause, fields } = await expectRefusal(start, 'HEDDLE_LANE_START_FAILED')
    expect(cause).toMatchObject({ name: 'RangeError', message: 'broken at import' })
    expect(fields).toEqual({ lane: 0, problem: 'broken at import' })
  })

  test('may be a module other than the package’s own', async () => {
    const runtime = await ThreadedRuntime.start({ lanes: 1, laneEntry: LANE, agents: [puppet] })
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
    await runtime.stop()
  })
})

test('with no lane left nothing more is accepted, and no agent is registered', async () => {
  const threaded = KINDS.find(({ name }) => name === 'ThreadedRuntime')
  const config = { setups: new SharedArrayBuffer(4) }
  const runtime = await threaded?.start({ lanes: 1, agents: [onlyOnce.with(config)] })
  if (runtime === undefined) throw new Error('there is no threaded runtime')
  const { promise: gone, resolve } = Promise.withResolvers<InspectRecord>()
  runtime.inspect((record) => {
    if (record.kind === 'lane-gone') resolve(record)
  })
  await runtime.publish(Leave(), 'leave/a')
  expect(await gone).toMatchObject({ lane: 0, cause: { code: 'HEDDLE_SETUP_FAILED' } })
  expect(runtime.stats().lanes[0]).toMatchObject({ lane: 0, status: 'gone' })
  expect(await runtime.deadLetters.list()).toMatchObject([
    {
      message: 'leave',
      reason: {
        kind: 'no-lane',
        error: {
          code: 'HEDDLE_NO_LANES',
          message: expect.stringContaining('not a second time'),
        },
      },
    },
  ])
  const calls = [
    () => runtime.publish(Leave(), 'leave/a'),
    () => runtime.run(Leave(), 'leave/a'),
    () => runtime.register(puppet),
  ]
  for (const call of calls) await expectRefusal(call, 'HEDDLE_NO_LANES')
  expect(await runtime.stop()).toMatchObject({ left: 0, problems: [] })
})
