/** What an HTTP answer says about a failure, and hostile forms of it. */
import { expect, test } from 'vitest'
import {
  headerOf,
  isPassing,
  kindOfStatus,
  LONGEST_TOLD_MS,
  retryAfterOf,
} from '../../src/models/provider-failure.ts'

const NOW = Date.parse('2026-01-02T03:04:05Z')
const day = 86_400_000
const dateIn = (ms: number) => new Date(NOW + ms).toUTCString()

test.each<[string, string, number | undefined]>([
  ['seconds', '3', 3_000],
  ['none', '0', 0],
  ['parts of a second', '0.5', 500],
  ['spaces around', ' 7 ', 7_000],
  ['a date', dateIn(60_000), 60_000],
  ['a date of the old form', 'Friday, 02-Jan-26 03:05:05 GMT', 60_000],
  ['a date that has passed', dateIn(-day), 0],
  ['a date far away', dateIn(90_000 * day), LONGEST_TOLD_MS],
  ['years', '999999999', LONGEST_TOLD_MS],
  ['more digits than a number has', '9'.repeat(400), LONGEST_TOLD_MS],
  ['below 0', '-5', undefined],
  ['Infinity', 'Infinity', undefined],
  ['NaN', 'NaN', undefined],
  ['nothing', '', undefined],
  ['spaces alone', '   ', undefined],
  ['two numbers', '3, 5', undefined],
  ['two dates', `${dateIn(day)}, ${dateIn(day)}`, undefined],
  ['a space within', '1 0', undefined],
  ['a number of a program', '0x10', undefined],
  ['an exponent', '1e9', undefined],
  ['words', 'soon', undefined],
  ['a year alone', 'May 2027', undefined],
])('retry-after: %s', (_, value, ms) => {
  for (const headers of [new Headers({ 'retry-after': value }), { 'Retry-After': value }]) {
    expect(retryAfterOf(headers, NOW)).toBe(ms)
  }
})

test('retry-after-ms goes first, where it can be read', () => {
  const both = (exact: string) => ({ 'RETRY-AFTER-MS': exact, 'retry-after': '3' })
  expect(retryAfterOf(both('250'), NOW)).toBe(250)
  for (const exact of ['', '-1', 'NaN', 'Infinity', '1, 2']) {
    expect(retryAfterOf(both(exact), NOW)).toBe(3_000)
  }
  expect(retryAfterOf({ 'retry-after-ms': '1e400' }, NOW)).toBeUndefined()
  expect(retryAfterOf({ 'retry-after-ms': '9'.repeat(20) }, NOW)).toBe(LONGEST_TOLD_MS)
})

test('headers that are none, or whose values are no texts, say nothing', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const odd = [undefined, null, 'retry-after: 3', [], 3, proxy, { get: () => 3 }]
  for (const headers of odd) expect(headerOf(headers, 'retry-after')).toBeUndefined()
  const lists = { 'retry-after': ['3', '5'] }
  expect(retryAfterOf(lists, NOW)).toBeUndefined()
})

test.each([
  [400, 'request', false],
  [401, 'auth', false],
  [403, 'auth', false],
  [404, 'request', false],
  [408, 'timeout', true],
  [409, 'request', true],
  [429, 'rate-limit', true],
  [500, 'server', true],
  [503, 'server', true],
  [504, 'timeout', true],
  [302, 'server', false],
] as const)('%i is of the kind %s', (status, kind, passes) => {
  expect([kindOfStatus(status), isPassing(status)]).toEqual([kind, passes])
})

test('a quota that is spent does not pass', () => {
  expect(isPassing(429, 'insufficient_quota')).toBe(false)
  expect(isPassing(429, 'rate_limit_exceeded')).toBe(true)
})
