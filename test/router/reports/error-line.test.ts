import { expect, test } from 'vitest'
import { errorToRecord, HeddleError } from '../../../src/errors.ts'
import { errorLine, oneLine } from '../../../src/router/reports/error-line.ts'

const thrown = (stack: string, more: object = {}) => ({
  name: 'Error',
  message: 'no ink',
  stack,
  ...more,
})

test('an error is its name, message and code, and the place where it was thrown', () => {
  const error = errorToRecord(Object.assign(new TypeError('no ink'), { code: 'E_INK' }))
  expect(errorLine(error)).toMatch(
    /^TypeError: no ink \(E_INK\), at \/.*error-line\.test\.ts:\d+:\d+$/,
  )
})

test('an error of heddle has its code once', () => {
  const error = errorToRecord(new HeddleError('HEDDLE_EXPIRED', { message: 'sheet', ttlMs: 5 }))
  expect(errorLine(error).match(/HEDDLE_EXPIRED/g)).toHaveLength(1)
  expect(errorLine(error)).toMatch(/^the turn for 'sheet' did not begin/)
})

test('the place is that of the innermost cause, outside of Node, heddle and packages', () => {
  const stack = [
    'Error: no ink',
    '    at Worker.[kOnExit] (node:internal/worker:400:10)',
    `    at perform (${new URL('../../../src/lane/turn-run.ts', import.meta.url).href}:1:2)`,
    '    at parse (file:///home/me/node_modules/zod/index.js:7:7)',
    '    at async file:///home/me/press.agent.ts:12:9',
    '    at later (/home/me/main.ts:1:1)',
  ].join('\n')
  expect(errorLine(thrown(stack))).toBe('Error: no ink, at /home/me/press.agent.ts:12:9')
  const outer = thrown('Error: no ink\n    at /home/me/outer.ts:1:1', { cause: thrown(stack) })
  expect(errorLine(outer)).toBe('Error: no ink, at /home/me/press.agent.ts:12:9')
  expect(errorLine(thrown(stack.split('\n').slice(0, 4).join('\n')))).toContain('zod/index.js:7:7')
  expect(errorLine(thrown('Error: no ink\n    at node:internal/x:1:1'))).toBe('Error: no ink')
})

test('the line is one line and not too long, whatever the message holds', () => {
  expect(oneLine('a\r\n\tb\u001b[31mc\u0000\u2028d')).toBe('a b [31mc d')
  expect(oneLine('x'.repeat(10_000)).length).toBeLessThan(500)
})
