import { expect, test } from 'vitest'
import { ReportRates } from '../../../src/router/reports/report-rates.ts'

/** The items, of `many`, that get a line of their own. */
function admitted(rates: ReportRates<number>, sort: string, many: number): number[] {
  return Array.from({ length: many }, (_, at) => at).filter((at) => rates.admit(sort, at))
}

test('the first few of a sort get lines, and the rest are counted once a second, with the last of them', () => {
  const rates = new ReportRates<number>()
  expect(admitted(rates, 'a', 10_000)).toEqual([0, 1, 2])
  expect(rates.tick()).toEqual([{ last: 9_999, more: 9_996 }])
  expect(admitted(rates, 'a', 50)).toEqual([])
  expect(rates.tick()).toEqual([{ last: 49, more: 49 }])
  expect(rates.tick()).toEqual([])
})

test('each has a line or is counted, whatever its sort', () => {
  const rates = new ReportRates<number>()
  let accounted = 0
  for (let second = 0; second < 30; second++) {
    let lines = 0
    for (let at = 0; at < 2_000; at++) {
      if (rates.admit(`sort ${(at * 7) % (second * 20 + 1)}`, at)) lines++
    }
    const counted = rates.tick()
    expect(lines).toBeLessThanOrEqual(20)
    expect(counted.length).toBeLessThanOrEqual(6)
    accounted += lines + counted.reduce((sum, { more }) => sum + more + 1, 0)
  }
  expect(accounted).toBe(60_000)
})

test('rare trouble gets a line each time', () => {
  const rates = new ReportRates<number>()
  for (let second = 0; second < 20; second++) {
    expect(rates.admit('a', second)).toBe(true)
    expect(rates.tick()).toEqual([])
  }
})

test('each second without another of a sort allows one more line', () => {
  const rates = new ReportRates<number>()
  admitted(rates, 'a', 10)
  rates.tick()
  expect(admitted(rates, 'a', 10)).toEqual([])
  rates.tick()
  rates.tick()
  expect(admitted(rates, 'a', 10)).toEqual([0])
})

test('a sort is forgotten after a while, and then nothing is left to do', () => {
  const rates = new ReportRates<number>()
  expect(rates.isBusy).toBe(false)
  rates.admit('a', 1)
  for (let second = 0; second < 20; second++) rates.tick()
  expect(rates.isBusy).toBe(false)
})
