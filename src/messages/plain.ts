/**
 * Data that JSON can carry: what agents, flows and conditions may keep, and what their messages
 * consist of.
 */
import type * as z from 'zod'
import { describe, type HeddleError, problemOf } from '../errors.ts'
import { checkSchema, type Schema } from './schema.ts'

/** Data that JSON can carry. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [name: string]: Plain }

/** Values that are deeper than this, or have a cycle, are refused. */
const MAX_DEPTH = 90

/** A copy, or the problem: why JSON can't carry the value. */
export type Copied =
  | { readonly kind: 'plain'; readonly value: unknown }
  | { readonly kind: 'odd'; readonly problem: string }

/**
 * Copies a value that JSON carries. Members that are undefined are left out, as JSON leaves them
 * out. Anything else that JSON would change or lose is a problem, which names its place. So a value
 * is the same in this thread, on another one, and in a file.
 */
export function plainCopy(value: unknown, form: 'frozen' | 'open'): Copied {
  const walk = new Walk(form === 'frozen')
  const copy = walk.copy(value, 0)
  if (walk.problem === undefined) return { kind: 'plain', value: copy }
  const where = walk.path.length === 0 ? 'it' : walk.path.join('.')
  return { kind: 'odd', problem: `${where} ${walk.problem}` }
}

/** A frozen copy. Throws the error that `refuse` makes of the problem. */
export function frozenCopy<T>(value: T, refuse: (problem: string) => HeddleError): T {
  const copied = plainCopy(value, 'frozen')
  if (copied.kind === 'odd') throw refuse(copied.problem)
  return copied.value as T
}

/** A copy that may be changed. Throws the error that `refuse` makes of the problem. */
export function copyOf<T>(
  value: T,
  refuse: (problem: string) => HeddleError,
): { -readonly [K in keyof T]: T[K] } {
  const copied = plainCopy(value, 'open')
  if (copied.kind === 'odd') throw refuse(copied.problem)
  return copied.value as T
}

/**
 * A value from code that is not heddle's, in the shape of a schema: a frozen copy of plain
 * data, the same on every thread and in a file. Or why it does not have the shape.
 */
export function readAs<T>(
  schema: z.ZodType,
  value: unknown,
):
  | { readonly kind: 'fits'; readonly value: T }
  | { readonly kind: 'refused'; readonly problem: string } {
  const copied = plainCopy(value, 'frozen')
  if (copied.kind === 'odd') {
    return { kind: 'refused', problem: `${copied.problem}; give it as plain data` }
  }
  const checked = checkSchema(schema as Schema, copied.value)
  if (checked.kind === 'valid') return { kind: 'fits', value: copied.value as T }
  const issues = checked.kind === 'invalid' ? checked.issues : ['its schema is asynchronous']
  return { kind: 'refused', problem: issues.join('; ') }
}

/** As `readAs`, but throws the error that `refuse` makes of the problem. */
export function checkAs<T>(
  schema: z.ZodType,
  value: unknown,
  refuse: (problem: string) => HeddleError,
): T {
  const read = readAs<T>(schema, value)
  if (read.kind === 'refused') throw refuse(read.problem)
  return read.value
}

class Walk {
  problem: string | undefined
  /** The names that lead to the problem. */
  readonly path: (string | number)[] = []
  readonly #freezes: boolean

  constructor(freezes: boolean) {
    this.#freezes = freezes
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) ? value + 0 : this.#refuse(`is ${value}`) // -0 is 0 in JSON
      case 'object':
        if (value === null) return value
        if (depth >= MAX_DEPTH) return this.#refuse('is a cycle or nested too deep', '')
        return this.#parts(value, depth)
      case 'bigint':
        return this.#refuse('is a bigint')
      default:
        return this.#refuse(`is ${describe(value)}`)
    }
  }

  #parts(value: object, depth: number): unknown {
    try {
      const copy = Array.isArray(value) ? this.#list(value, depth) : this.#record(value, depth)
      return this.#freezes ? Object.freeze(copy) : copy
    } catch (error) {
      return this.#refuse(`can't be read: ${problemOf(error)}`, '')
    }
  }

  #list(list: readonly unknown[], depth: number): unknown {
    const copy: unknown[] = []
    for (let at = 0; at < list.length; at++) {
      copy.push(this.copy(list[at], depth + 1))
      if (this.problem !== undefined) return void this.path.unshift(at)
    }
    return copy
  }

  #record(record: object, depth: number): unknown {
    const prototype: unknown = Object.getPrototypeOf(record)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      return this.#refuse(`is ${describe(record)}`)
    }
    const copy: Record<string, unknown> = {}
    for (const name of Object.keys(record)) {
      const given: unknown = Reflect.get(record, name)
      if (given === undefined) continue
      const value = this.copy(given, depth + 1)
      if (this.problem !== undefined) return void this.path.unshift(name)
      if (name === '__proto__') Object.defineProperty(copy, name, { value, enumerable: true })
      else copy[name] = value
    }
    return copy
  }

  #refuse(problem: string, why = ', which JSON does not carry'): undefined {
    this.problem = `${problem}${why}`
    return undefined
  }
}
