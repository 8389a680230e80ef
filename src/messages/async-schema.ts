/**
 * Which schemas check asynchronously. Their definition shows it in some cases; otherwise a check
 * does.
 */
import { types } from 'node:util'
import type * as z from 'zod'
import { isError } from '../describe.ts'
import type { Schema } from './schema.ts'

/** Whether a schema is made by zod: any copy of it, from version 4 on. */
export function isZod(schema: Schema): schema is z.ZodType {
  return schema['~standard'].vendor === 'zod' && '_zod' in schema
}

/** The members of a zod definition that hold inner schemas. */
const PARTS = [
  ...['innerType', 'in', 'out', 'shape', 'catchall', 'element', 'items', 'rest', 'options'],
  ...['left', 'right', 'keyType', 'valueType', 'checks'],
]
/** The members that hold functions of users. */
const FUNCTIONS = ['transform', 'reverseTransform', 'fn']

/**
 * Whether a part of the schema is an `async` function. False does not mean that the schema is
 * synchronous: a plain function may return a promise.
 */
export function isPlainlyAsync(schema: Schema): boolean {
  return isZod(schema) && hasAsync(schema, new Set())
}

function hasAsync(part: unknown, seen: Set<unknown>): boolean {
  if (typeof part !== 'object' || part === null || seen.has(part)) return false
  seen.add(part)
  const internals: unknown = Reflect.get(part, '_zod')
  if (typeof internals !== 'object' || internals === null) {
    return Object.values(part).some((one) => hasAsync(one, seen)) // a list or a shape
  }
  const def = Object(Reflect.get(internals, 'def')) as Readonly<Record<string, unknown>>
  if (FUNCTIONS.some((name) => types.isAsyncFunction(def[name]))) return true
  const lazy = def.type === 'lazy' ? Reflect.get(internals, 'innerType') : undefined
  return hasAsync(lazy, seen) || PARTS.some((name) => hasAsync(def[name], seen))
}

/**
 * Whether a schema whose check returned a promise is asynchronous. zod also returns a promise when
 * a user's function throws; then this throws the same error.
 */
export function isAsyncFor(schema: Schema, value: unknown): boolean {
  if (!isZod(schema)) return true
  try {
    // zod's compiled checks mistake a promise for a result and fail; this run avoids them.
    const ran = schema._zod.run({ value, issues: [] }, { async: false, jitless: true })
    if (!types.isPromise(ran)) return false
    ran.catch(() => {}) // its answer is not wanted, and must not count as unhandled
    return true
  } catch (error) {
    if (isError(error) && error.constructor.name === '$ZodAsyncError') return true
    throw error
  }
}
