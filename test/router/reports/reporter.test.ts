import { describe, expect, test } from 'vitest'
import type { DeadLetter, DeadLetterReason, InspectRecord, Report } from '../../../src/index.ts'
import { Reporter, reportToLog } from '../../../src/router/reports/reporter.ts'

const error = { name: 'TypeError', message: 'no\nink', code: 'E_INK' }

/** A reporter, its reports, and a clock that is moved by hand. */
function reporterOf() {
  const reports: Report[] = []
  const timers = new Set<() => void>()
  const later = (_: number, run: () => void) => {
    timers.add(run)
    return () => timers.delete(run)
  }
  const send = (report: Report) => void reports.push(report)
  const reporter = new Reporter({ mode: 'always', send }, () => 'nobody is there', later)
  const second = () => {
    const [run] = timers
    timers.clear()
    run?.()
  }
  const texts = () => reports.splice(0).map(({ text }) => text)
  return { reporter, reports, texts, second, timers }
}

function letterOf(reason: DeadLetterReason, about: Partial<DeadLetter> = {}): InspectRecord {
  return {
    kind: 'dead-letter',
    letter: {
      ...{ id: 1, reason, message: 'sheet', messageId: 'm-1', payload: undefined, answered: false },
      ...{ topic: 'sheet/hall', recipient: 'press/hall', sender: undefined, parent: undefined },
      ...{ givenId: undefined, attempts: 1, history: [], at: 0 },
      ...about,
    },
  }
}

/** The fields whose strings are not heddle's own. */
const NAMES = new Set(
  [
    'message',
    'messageId',
    'recipient',
    'topic',
    'agent',
    'key',
    'culprit',
    'name',
    'module',
  ].concat(['limit', 'from', 'code', 'suspects', 'bound']),
)

function withNames<T>(value: T, change: (name: string) => string, isName = false): T {
  if (typeof value === 'string') return (isName ? change(value) : value) as T
  if (Array.isArray(value)) return value.map((one) => withNames(one, change, isName)) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => {
    return [name, withNames(field, change, NAMES.has(name))]
  })
  return Object.fromEntries(fields)
}

describe('the line of a report', () => {
  const nobody = { recipient: undefined }
  const lane = { lane: 1, cause: error }
  const stalled = { key: 'hall', agent: 'press/hall', message: 'sheet', messageId: 'm-1' }
  const samples: [string, InspectRecord, string][] = [
    [
      'a failed turn',
      letterOf({ kind: 'failed', error }, { attempts: 3 }),
      "dead letter (failed): press/hall on 'sheet' (m-1, attempt 3): TypeError: no ink (E_INK)",
    ],
    [
      'no recipient',
      letterOf({ kind: 'no-subscriber' }, nobody),
      "dead letter (no-subscriber): 'sheet' on 'sheet/hall' (m-1): nobody is there",
    ],
    [
      'a bound',
      letterOf({ kind: 'shed', bound: 'keyMessages', limit: 5 }, nobody),
      "dead letter (shed): 'sheet' on 'sheet/hall' (m-1): the bound keyMessages of 5 is reached; wait for deliveries to settle, or choose the policy 'wait' (HEDDLE_BOUND_REACHED)",
    ],
    [
      'a time to live',
      letterOf({ kind: 'expired', ttlMs: 5 }),
      "dead letter (expired): press/hall on 'sheet' (m-1): the turn for 'sheet' did not begin within its time to live, 5 ms; raise ttlMs, or see what kept its key busy (HEDDLE_EXPIRED)",
    ],
    [
      'a task limit',
      letterOf({ kind: 'task-limit', limit: 'depth', value: 9 }),
      "dead letter (task-limit): press/hall on 'sheet' (m-1): the task passed its limit of 9 (depth); raise taskLimits.depth, or end the chain of messages (HEDDLE_TASK_LIMIT)",
    ],
    [
      'a stop',
      letterOf({ kind: 'stopped' }),
      "dead letter (stopped): press/hall on 'sheet' (m-1): the runtime stopped before it was done",
    ],
    [
      'a death',
      {
        kind: 'lane-died',
        generation: 2,
        unsettled: 2,
        suspects: ['a/1', 'a/2', 'b/1', 'b/2'],
        culprit: undefined,
        ...lane,
      },
      'lane died: lane 1, generation 2; 2 deliveries run again, suspects: a/1, a/2, b/1 and 1 more: TypeError: no ink (E_INK)',
    ],
    [
      'a death whose culprit is known',
      {
        kind: 'lane-died',
        generation: 2,
        unsettled: 1,
        suspects: ['a/1'],
        culprit: 'a/1',
        ...lane,
      },
      'lane died: lane 1, generation 2; 1 delivery runs again, ended by a/1: TypeError: no ink (E_INK)',
    ],
    [
      'an error after its turn',
      {
        kind: 'late-error',
        agent: 'press/hall',
        message: 'sheet',
        messageId: 'm-1',
        error: lane.cause,
      },
      "late error: press/hall on 'sheet' (m-1) left work running that failed after its turn was committed; the failure changes nothing: TypeError: no ink (E_INK)",
    ],
    [
      'a full heap',
      {
        ...{
          kind: 'lane-died',
          lane: 1,
          generation: 0,
          unsettled: 0,
          suspects: [],
          culprit: undefined,
        },
        cause: { name: 'HeddleError', message: 'full', code: 'HEDDLE_LANE_FULL' },
      },
      'lane renewed: lane 1, generation 0; 0 deliveries run again: full (HEDDLE_LANE_FULL)',
    ],
    [
      'a failed dispose',
      { kind: 'dispose-failed', lane: 1, of: 'agent', name: 'press', error: lane.cause },
      "not disposed: the agent 'press' on lane 1: TypeError: no ink (E_INK)",
    ],
    [
      'a lane that did not answer at its end',
      { kind: 'dispose-failed', lane: 1, of: 'lane', name: undefined, error: lane.cause },
      'not disposed: lane 1: TypeError: no ink (E_INK)',
    ],
    [
      'new code',
      { kind: 'code-changed', agent: 'press', module: 'file:///press.ts', lane: 1, generation: 2 },
      "code changed: lane 1, generation 2, runs a different text of file:///press.ts for agent 'press' from the lanes that started before; restart the runtime so that all run the same",
    ],
    [
      'a lost lane',
      { kind: 'lane-gone', health: 'degraded', ...lane },
      'lane given up: lane 1; the runtime is degraded, its keys go to the other lanes: TypeError: no ink (E_INK)',
    ],
    [
      'the last lane',
      { kind: 'lane-gone', health: 'down', ...lane },
      'lane given up: lane 1; the runtime is down, no lane is left, and nothing more is accepted: TypeError: no ink (E_INK)',
    ],
    [
      'a stalled key',
      {
        kind: 'stalled',
        keys: [
          {
            ...stalled,
            ...{ sinceMs: 60_000, inFlight: 3 },
            waitsFor: [
              { kind: 'reply', from: 'desk/1', sinceMs: 61_000 },
              { kind: 'limit', limit: 'door', sinceMs: 5 },
              { kind: 'lane', lane: 0, why: 'busy' },
            ],
          },
        ],
      },
      "stalled: press/hall on 'sheet' (m-1), for 60 s; 3 deliveries of key 'hall' in flight; waits for a reply from desk/1 (for 61 s), the limit 'door' (for 5 ms), lane 0 (busy)",
    ],
    [
      'a key that waits for a lock',
      {
        kind: 'stalled',
        keys: [
          {
            ...stalled,
            ...{ sinceMs: 60_000, inFlight: 3 },
            waitsFor: [
              {
                kind: 'lock',
                lock: "the tool 'ink' (key 'k')",
                heldBy: ['a/1', 'a/2'],
                sinceMs: 6,
              },
            ],
          },
        ],
      },
      "stalled: press/hall on 'sheet' (m-1), for 60 s; 3 deliveries of key 'hall' in flight; waits for the tool 'ink' (key 'k'), held by a/1, a/2 (for 6 ms)",
    ],
    [
      'a hot key',
      { kind: 'hot-key', key: 'hall', lane: 0, inFlight: 101, idleLanes: 1 },
      "hot key: 'hall' keeps lane 0 to itself with 101 deliveries in flight while 1 lane is idle; only finer keys can use idle lanes",
    ],
    [
      'an attempt',
      {
        kind: 'turn',
        ...{ messageId: 'm-1', message: 'sheet', agent: 'press', key: 'hall', lane: 0, attempt: 1 },
        ...{ outcome: 'retried', error, againInMs: 99.7, begunAt: 1, endedAt: 2 },
      },
      "retried: press/hall on 'sheet' (m-1, attempt 1), again in 100 ms: TypeError: no ink (E_INK)",
    ],
    [
      'a record without a sentence of its own',
      {
        kind: 'odd-thing',
        agent: 'press/hall',
        count: 3,
        error,
        hidden: {},
      } as unknown as InspectRecord,
      'odd thing: agent press/hall, count 3, error: TypeError: no ink (E_INK)',
    ],
  ]
  test.each(samples)('%s', (_, record, line) => {
    const { reporter, texts } = reporterOf()
    reporter.heed(record)
    expect(texts()).toEqual([line])
  })

  test.each(samples)(
    'stays one line, and a short one, whatever its names hold: %s',
    (_, record) => {
      const { reporter, texts } = reporterOf()
      const vast = `\nerror heddle: forged\u001b[31m${'x'.repeat(10_000)}`
      reporter.heed(withNames(record, (name) => `${name}${vast}`))
      const [text = ''] = texts()
      expect(text).not.toMatch(/[\p{Cc}\u2028]/u)
      expect(text.length).toBeLessThan(2_500)
    },
  )
})

test('ordinary traffic is nothing to report', () => {
  const { reporter, texts, timers } = reporterOf()
  reporter.heed({ kind: 'passivated', key: 'a', lane: 0 })
  reporter.heed({ kind: 'lane-started', lane: 0, generation: 0 })
  expect([texts(), timers.size]).toEqual([[], 0])
})

test('a repeated error gets a few reports, then one a second that counts the rest, and one at the end', () => {
  const { reporter, texts, second } = reporterOf()
  for (let n = 0; n < 1_500; n++) reporter.heed(letterOf({ kind: 'failed', error }))
  expect(texts()).toHaveLength(3)
  second()
  expect(texts()).toEqual([expect.stringMatching(/no ink \(E_INK\); and 1,496 more like it$/)])
  for (let n = 0; n < 2; n++) reporter.heed(letterOf({ kind: 'failed', error }))
  expect(texts()).toEqual([])
  reporter.flush()
  expect(texts()).toEqual([expect.stringMatching(/; and 1 more like it$/)])
})

test('another agent, message, reason or error is of another sort', () => {
  const { reporter, texts } = reporterOf()
  const failed: DeadLetterReason = { kind: 'failed', error }
  for (let n = 0; n < 5; n++) {
    reporter.heed(letterOf(failed))
    reporter.heed(letterOf(failed, { recipient: 'other/hall' }))
    reporter.heed(letterOf(failed, { message: 'other' }))
    reporter.heed(letterOf({ kind: 'unhandled', error }))
    reporter.heed(letterOf({ kind: 'failed', error: { name: 'RangeError', message: '' } }))
  }
  expect(texts()).toHaveLength(15)
})

test('in quiet times no timer is left', () => {
  const { reporter, second, timers } = reporterOf()
  reporter.heed(letterOf({ kind: 'stopped' }))
  for (let n = 0; n < 20 && timers.size > 0; n++) second()
  expect(timers.size).toBe(0)
})

test('a logger gets a record with the agent and the message', () => {
  const records: unknown[] = []
  const { reporter, reports } = reporterOf()
  reporter.heed(letterOf({ kind: 'stopped' }))
  reporter.heed({ kind: 'hot-key', key: 'hall', lane: 0, inFlight: 101, idleLanes: 2 })
  reports.forEach(reportToLog((record) => records.push(record)))
  expect(records).toMatchObject([
    { kind: 'logged', level: 'warn', agent: 'press/hall', messageId: 'm-1' },
    { kind: 'logged', level: 'warn', agent: 'heddle', messageId: '' },
  ])
})
