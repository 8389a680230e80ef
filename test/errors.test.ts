import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describe as describeValue,
  ERROR_CODES,
  type ErrorCode,
  errorFromRecord,
  errorToRecord,
  HeddleError,
  problemOf,
} from '../src/errors.ts'

/** As an error crosses threads. */
const crossed = (error: unknown) => errorFromRecord(structuredClone(errorToRecord(error)))

describe('an error of heddle', () => {
  const cause = new RangeError('below')
  const fields = { agent: 'scorer', request: 'score', problem: 'below' }
  const error = new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause })

  test('has a code, fields, a cause, and a message that ends with the code', () => {
    expect(error).toMatchObject({
      name: 'HeddleError',
      code: 'HEDDLE_REQUEST_FAILED',
      fields,
      cause,
    })
    expect(error.message).toBe(
      "'scorer' failed on the request 'score': below (HEDDLE_REQUEST_FAILED)",
    )
  })

  test('crosses threads whole', () => {
    const arrived = crossed(error)
    expect(arrived).toBeInstanceOf(HeddleError)
    expect(arrived).toMatchObject({ name: 'HeddleError', code: error.code, fields })
    expect([arrived.message, arrived.stack]).toEqual([error.message, error.stack])
    expect(arrived.cause).toBeInstanceOf(RangeError)
    expect(arrived.cause).toMatchObject({ message: 'below', stack: cause.stack })
  })

  test('crosses a second time as the first', () => {
    expect(errorToRecord(crossed(error))).toEqual(errorToRecord(error))
  })

  test.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    '%s survives the loss of its fields',
    (code) => {
      const arrived = errorFromRecord({ name: 'HeddleError', message: 'what was said', code })
      expect(arrived).toMatchObject({ message: 'what was said', code })
    },
  )
})

describe('an error of others crosses threads', () => {
  test.each([TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, Error])(
    'in its class: %o',
    (Class) => {
      const arrived = crossed(new Class('why'))
      expect(arrived).toBeInstanceOf(Class)
      expect(arrived.constructor).toBe(Class)
      expect(arrived.message).toBe('why')
    },
  )

  test('with its own name, code and plain fields', () => {
    class QuotaError extends Error {
      override readonly name = 'QuotaError'
      readonly code = 'E_QUOTA'
      readonly limit = 7
      readonly left = 1n
      readonly retry = () => {}
      readonly client = { secret: 'x' }
    }
    const arrived = crossed(new QuotaError('too much'))
    expect(arrived).toMatchObject({ name: 'QuotaError', code: 'E_QUOTA', limit: 7, left: 1n })
    expect(arrived).not.toHaveProperty('retry')
    expect(arrived).not.toHaveProperty('client')
  })

  test('with a name that its class says, and a code that is a number left out', () => {
    const aborted = AbortSignal.abort().reason as DOMException
    expect(crossed(aborted)).toMatchObject({ name: 'AbortError', message: aborted.message })
    expect(crossed(aborted)).not.toHaveProperty('code')
  })

  test('with the causes below it, eight deep, and a circle of causes does no harm', () => {
    let chain: Error | undefined
    for (let level = 20; level > 0; level--) chain = new Error(`level ${level}`, { cause: chain })
    let depth = 0
    for (let at: unknown = crossed(chain); at instanceof Error; at = at.cause) depth++
    expect(depth).toBe(9)
    const circle = new Error('circle')
    circle.cause = circle
    expect(crossed(circle).message).toBe('circle')
  })

  test('with a cause that is no error, as its description', () => {
    expect(crossed(new Error('x', { cause: 'a text' })).cause).toMatchObject({
      message: "'a text'",
    })
  })

  test('with a code of heddle that is not heddle’s: nothing breaks', () => {
    const alien = Object.assign(new Error('mine'), { code: 'HEDDLE_INVALID_PAYLOAD' })
    expect(crossed(alien)).toMatchObject({ message: 'mine', code: 'HEDDLE_INVALID_PAYLOAD' })
  })
})

describe('whatever is thrown becomes a record that can be cloned', () => {
  const odd = (part: object) =>
    Object.defineProperties(new Error('odd'), part as PropertyDescriptorMap)
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a number', 7],
    ['a symbol', Symbol('s')],
    ['a function', () => {}],
    ['a record without a prototype', Object.create(null)],
    ['an object whose text throws', { toString: () => fail() }],
    ['an error whose message is a function', odd({ message: { value: () => {} } })],
    ['an error whose stack is a function', odd({ stack: { value: () => {} } })],
    ['an error whose name is a symbol', odd({ name: { value: Symbol('n') } })],
    ['an error whose message throws', odd({ message: { get: fail } })],
    ['an error whose field throws', odd({ extra: { get: fail, enumerable: true } })],
    ['an error with a field that is a function', Object.assign(new Error('x'), { f: () => {} })],
  ])('%s', (_, thrown) => {
    const record = structuredClone(errorToRecord(thrown))
    expect(typeof record.message).toBe('string')
    expect(errorFromRecord(record)).toBeInstanceOf(Error)
  })

  test('any value at all', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
        (thrown) => {
          const arrived = crossed(thrown)
          expect(arrived).toBeInstanceOf(Error)
          expect(typeof problemOf(thrown)).toBe('string')
        },
      ),
    )
  })

  function fail(): never {
    throw new Error('hostile')
  }
})

test('a value is described in a few words', () => {
  expect(describeValue('text')).toBe("'text'")
  expect(describeValue('x'.repeat(200))).toHaveLength(83)
  expect(describeValue([1, 2])).toBe('an array')
  expect(describeValue({ a: 1 })).toBe('an object (Object)')
  expect(describeValue(Object.create(null))).toBe('an object (no prototype)')
  expect(describeValue(new Map())).toBe('an object (Map)')
  for (const value of [undefined, null, 7, 7n, true])
    expect(describeValue(value)).toBe(String(value))
})

test('a function is described in a few words, and not by its source', () => {
  const text = describeValue(function manyWords() {
    return 'a very long body, of which nobody wants to read anything in an error message'
  })
  expect(text).not.toContain('nobody wants to read')
})
