/**
 * Values that users pass by mistake, and values that are made to do harm, all drawn from a seed.
 */
import { createContext, runInContext } from 'node:vm'
import type { Random } from '../src/testing/random.ts'

const foreign = createContext({})
/** Evaluates an expression in another realm, which has built-in classes of its own. */
const abroad = (expression: string) => runInContext(`(${expression})`, foreign) as unknown

class Invoice {
  readonly total = 3
  get due(): number {
    return this.total
  }
}

/** A value that throws whenever it is read. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function ring(): object {
  const one: Record<string, unknown> = { name: 'ring' }
  one.self = one
  return one
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level++) value = { value }
  return value
}

const throwing = () => ({
  get price(): number {
    throw new Error('no price today')
  },
})

function* numbers(): Generator<number> {
  yield 1
}

const LEAVES: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 0,
  () => -0,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 2 ** 60,
  () => 1.5,
  () => 10n,
  () => '',
  () => '\0closure:x',
  () => '\ud800',
  () => 'x'.repeat(5_000),
  () => '__proto__',
  () => Symbol('s'),
  () => () => 1,
  () => async () => 1,
  () => Math,
]

const EXOTIC: readonly (() => unknown)[] = [
  () => new Date(),
  () => new Date(Number.NaN),
  () => /x/gi,
  () => new Map([['a', 1]]),
  () => new Map([[{ a: 1 }, new Map()]]),
  () => new Set([1, 'b']),
  () => new WeakMap(),
  () => Buffer.from('hi'),
  () => new Uint8Array(new ArrayBuffer(1_024), 8, 4),
  () => new Float64Array([1, Number.NaN]),
  () => new DataView(new ArrayBuffer(8), 2, 2),
  () => new ArrayBuffer(16),
  () => new SharedArrayBuffer(8),
  () => new Uint8Array(new SharedArrayBuffer(8)),
  () => new Blob(['hi']),
  () => new URL('http://127.0.0.1/'),
  () => new Error('as a value', { cause: { code: 7 } }),
  () => new AggregateError([new Error('one'), 'two'], 'several'),
  () => new Invoice(),
  () => Object.create(null),
  () => Object.freeze({ frozen: true }),
  () => Object.fromEntries(['__proto__', 'constructor', 'toString', 'then'].map((n) => [n, 1])),
  () => ({ [Symbol('hidden')]: 1 }),
  () => ({ toJSON: () => 1n }),
  () => ({ toString: () => ({}) }),
  () => new Array(3),
  () => Object.assign([1], { extra: 1 }),
  () => numbers(),
  () => Promise.resolve(1),
  () => new AbortController().signal,
  () => new Proxy({ a: 1 }, {}),
  revoked,
  ring,
  throwing,
  () => nested(60),
  () => nested(500),
  () => ({ message: 'no error', status: 503, code: 'E503' }),
  () => abroad('new Date(0)'),
  () => abroad('new Map([[1, new Set([2])]])'),
  () => abroad('[1, { a: [2] }]'),
  () => abroad('({ a: 1 })'),
  () => abroad('new Uint8Array([1, 2])'),
  () => abroad('new RangeError("from afar")'),
  () => abroad('Promise.resolve(2)'),
]

/** Any value, often harmless, sometimes nested. */
export function anyValue(chance: Random, depth = 0): unknown {
  const dice = chance.next()
  if (dice < 0.35) return chance.of(LEAVES)()
  if (dice < 0.7 || depth > 3) return chance.of(EXOTIC)()
  const length = chance.below(4)
  if (dice < 0.8) return Array.from({ length }, () => anyValue(chance, depth + 1))
  const fields = Array.from({ length }, (_, at) => [`f${at}`, anyValue(chance, depth + 1)])
  return Object.fromEntries(fields)
}

const IDS: readonly unknown[] = [
  'job/a',
  'job/b',
  'job/c',
  { type: 'job', source: 'a' },
  { type: 'worker', key: 'a' },
  'worker/b',
  'nobody/a',
  'job/',
  '/a',
  'job',
  '',
  'job/\0closure:x',
  'job/\ud800',
  `job/${'k'.repeat(3_000)}`,
  'job//x/y',
  'jöb/a',
  'job\n/a',
  'other/a',
]

/** A topic or an agent id, sometimes a wrong one. */
export function anyId(chance: Random, usual: string): unknown {
  const dice = chance.next()
  if (dice < 0.75) return `${usual}/${chance.of(['a', 'b', 'c', 'd'])}`
  return dice < 0.95 ? chance.of(IDS) : anyValue(chance)
}

/** Milliseconds as an option, sometimes a wrong one. */
export function anyMs(chance: Random): unknown {
  return chance.next() < 0.7 ? 1 + chance.below(2_000) : anyValue(chance)
}
