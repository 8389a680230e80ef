import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describe as describeValue,
  ERROR_CODES,
  type ErrorCode,
  errorFromRecord,
  errorToRecord,
  HeddleError,
  isHeddleError,
  problemOf,
} from '../src/errors.ts'

/** The error after it has crossed a thread. */
const crossed = (error: unknown) => errorFromRecord(structuredClone(errorToRecord(error)))

describe('an error of heddle', () => {
  const cause = new RangeError('below')
  const fields = { agent: 'scorer', request: 'score', problem: 'below' }
  const error = new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause })

  test('long texts are cut where an error becomes data', () => {
    const long = 'x'.repeat(10 * 2 ** 20)
    const error = Object.assign(new Error(long, { cause: new Error(long) }), { path: long })
    const { message, stack, fields, cause } = errorToRecord(error)
    expect(message).toBe(`${'x'.repeat(65_536)} … (${10 * 2 ** 20 - 65_536} more characters)`)
    for (const text of [stack, fields?.path, cause?.message])
      expect(text).toHaveLength(message.length)
  })

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

  test('with the first cause of a chain that is too long, and what is left out', () => {
    let chain: Error | undefined
    for (let level = 20; level > 0; level--) chain = new Error(`level ${level}`, { cause: chain })
    const messages: string[] = []
    for (let at: unknown = crossed(chain); at instanceof Error; at = at.cause)
      messages.push(at.message)
    expect(messages.slice(0, 2)).toEqual(['level 1', 'level 2'])
    expect(messages.slice(-2)).toEqual(['12 causes are left out here', 'level 20'])
  })

  test('with a circle of causes, once round', () => {
    const [one, other] = [new Error('one'), new Error('other')]
    one.cause = other
    other.cause = one
    expect(crossed(one)).toMatchObject({ message: 'one', cause: { message: 'other' } })
    expect(crossed(one)).not.toHaveProperty('cause.cause')
  })

  test('with its parts', () => {
    const parts = [new TypeError('one'), 'two', new AggregateError([new Error('three')], 'inner')]
    const arrived = crossed(new AggregateError(parts, 'all')) as AggregateError
    expect(arrived).toBeInstanceOf(AggregateError)
    expect(arrived.errors).toMatchObject([
      { name: 'TypeError', message: 'one' },
      { message: "'two'" },
      { name: 'AggregateError', errors: [{ message: 'three' }] },
    ])
    const many = new AggregateError(Array.from({ length: 100 }, () => new Error('x')))
    expect((crossed(many) as AggregateError).errors.at(-1).message).toContain('84 more')
  })

  test('of another realm, as one of this', () => {
    const thrown = runInNewContext(
      'Object.assign(new TypeError("no"), { code: "ENOENT", errno: -2, syscall: "open" })',
    )
    const arrived = crossed(thrown)
    expect(arrived).toBeInstanceOf(TypeError)
    expect(arrived).toMatchObject({ message: 'no', code: 'ENOENT', errno: -2, syscall: 'open' })
  })

  test('of no class, with its message and plain fields', () => {
    const arrived = crossed({ message: 'too much', status: 429, code: 5, client: {} })
    expect(arrived).toMatchObject({ name: 'Error', message: 'too much', status: 429, code: 5 })
    expect(arrived).not.toHaveProperty('client')
    expect(problemOf({ message: 'too much' })).toBe('too much')
  })

  test('with a field whose name all objects have', () => {
    const thrown = Object.defineProperty(new Error('x'), '__proto__', {
      value: 1,
      enumerable: true,
    })
    expect(Object.keys(crossed(thrown))).toContain('__proto__')
  })

  test('with a cause that is not an error, as its description', () => {
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
    ['a string', 'text'],
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
    ['a revoked proxy', revokedProxy()],
    ['a revoked proxy as a cause', new Error('x', { cause: revokedProxy() })],
    ['revoked proxies as parts', new AggregateError([revokedProxy()])],
    ['a proxy of an error', new Proxy(new Error('x'), { get: fail, ownKeys: fail })],
    ['an object whose keys throw', new Proxy({}, { ownKeys: fail })],
    ['an error that is frozen', Object.freeze(new Error('x'))],
    ['an error of heddle with odd fields', oddFields()],
    ['an error with a field that is a function', Object.assign(new Error('x'), { f: () => {} })],
  ])('%s', (_, thrown) => {
    const record = structuredClone(errorToRecord(thrown))
    expect(typeof record.message).toBe('string')
    expect([typeof problemOf(thrown), typeof describeValue(thrown)]).toEqual(['string', 'string'])
    expect(isHeddleError(thrown, 'HEDDLE_POISON')).toBe(false)
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

  function revokedProxy(): object {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }

  function oddFields(): Error {
    const fields = { agent: () => {}, cycle: [{}] } as never
    return new HeddleError('HEDDLE_REQUEST_CYCLE', fields, { message: 'odd' })
  }

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
  expect(describeValue(7n)).toBe('the bigint 7')
  for (const value of [undefined, null, 7, true]) expect(describeValue(value)).toBe(String(value))
})

test('a function is described in a few words, and not by its source', () => {
  const text = describeValue(function manyWords() {
    return 'a very long body, of which nobody wants to read anything in an error message'
  })
  expect(text).not.toContain('nobody wants to read')
})
