/** Which schemas check asynchronously: by their definition where it shows, else by a check. */
import { types } from 'node:util'
import type * as z from 'zod'
import { isError } from '../../describe.ts'
import type { Schema } from '../../messages/schema.ts'

/** Of any copy of zod from version 4 on. */
export function isZod(schema: Schema): schema is z.ZodType {
  return schema['~standard'].vendor === 'zod' && '_zod' in schema
}

/** The members of a zod definition that hold the schemas it is made of. */
const PARTS = [
  ...['innerType', 'in', 'out', 'shape', 'catchall', 'element', 'items', 'rest', 'options'],
  ...['left', 'right', 'keyType', 'valueType', 'checks'],
]
/** And those that hold functions of a user's. */
const FUNCTIONS = ['transform', 'reverseTransform', 'fn']

/**
 * Whether a part of the schema is an `async` function. False does not say that it is synchronous: a
 * plain function may return a promise.
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
 * Whether a schema whose check gave a promise is asynchronous. zod gives one too where a function
 * of a user's throws; then this throws the same.
 */
export function isAsyncFor(schema: Schema, value: unknown): boolean {
  if (!isZod(schema)) return true
  try {
    // zod's compiled checks take a promise for a result, and fail at that: this does without them.
    const ran = schema._zod.run({ value, issues: [] }, { async: false, jitless: true })
    if (!types.isPromise(ran)) return false
    ran.catch(() => {}) // its answer is not wanted, and must not count as unhandled
    return true
  } catch (error) {
    if (isError(error) && error.constructor.name === '$ZodAsyncError') return true
    throw error
  }
}
