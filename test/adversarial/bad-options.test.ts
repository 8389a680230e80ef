/** A runtime is not started with options that make no sense; nothing of it is left. */
import { describe, expect, test } from 'vitest'
import { ThreadedRuntime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const WRONG_COUNTS: [name: string, count: unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ["'2'", '2'],
  ['true', true],
]

describe('a number of lanes', () => {
  test.each(WRONG_COUNTS)('is not %s', async (text, lanes) => {
    const start = () => ThreadedRuntime.start({ lanes: lanes as number })
    const error = await expectRefusal(
      start,
      'HEDDLE_INVALID_OPTION',
      "'lanes'",
      text,
      'positive whole',
    )
    expect(error.fields).toEqual({ option: 'lanes', value: text, rule: 'a positive whole number' })
  })
})

const counts = [
  'requestDeadlineMs',
  'turnsPerLane',
  'maxLiveKeys',
  'turnTimeoutMs',
  'turnGraceMs',
  'stallMs',
]
const inBounds = ['messages', 'bytes', 'keyMessages', 'keyBytes']
const inLimits = ['depth', 'total']
const inGroups = [
  ['restarts', 'max'],
  ['restarts', 'withinMs'],
  ['deadLetters', 'max'],
  ['idWindow', 'windowMs'],
  ['idWindow', 'max'],
] as const
const countOptions: [name: string, options: (count: unknown) => object][] = [
  ...counts.map((name): [string, (count: unknown) => object] => [
    name,
    (count) => ({ [name]: count }),
  ]),
  ...inBounds.map((name): [string, (count: unknown) => object] => [
    `bounds.${name}`,
    (count) => ({ bounds: { [name]: count } }),
  ]),
  ...inLimits.map((name): [string, (count: unknown) => object] => [
    `taskLimits.${name}`,
    (count) => ({ taskLimits: { [name]: count } }),
  ]),
  ...inGroups.map(([group, name]): [string, (count: unknown) => object] => [
    `${group}.${name}`,
    (count) => ({ [group]: { [name]: count } }),
  ]),
]

onBothRuntimes('an option', ({ start }) => {
  test.each(countOptions)('%s is a positive whole number', async (option, options) => {
    for (const [text, count] of WRONG_COUNTS) {
      const call = () => start(options(count))
      await expectRefusal(
        call,
        'HEDDLE_INVALID_OPTION',
        `'${option}'`,
        text,
        'positive whole number',
      )
    }
  })

  test.each<[string, object]>([
    ['bounds.policy', { bounds: { policy: 'drop' } }],
    ['agents', { agents: 'puppet' }],
    ['agents', { agents: puppet }],
    ['interventions', { interventions: {} }],
    ['interventions', { interventions: [null] }],
    ['interventions', { interventions: [() => {}] }],
    ['interventions', { interventions: [{ onPublish: 'drop' }] }],
    ['log', { log: 'stderr' }],
    ['report', { report: 'loud' }],
    ['report', { report: true }],
    ['clock', { clock: {} }],
    ['clock', { clock: Date }],
  ])('%s is refused by name: %o', async (option, options) => {
    await expectRefusal(() => start(options), 'HEDDLE_INVALID_OPTION', `option '${option}`)
  })

  test('that is left out, or undefined, has its default', async () => {
    const options = { bounds: {}, taskLimits: {}, interventions: [], agents: [puppet] }
    const runtime = await start({ ...options, requestDeadlineMs: undefined } as never)
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
  })
})
