/**
 * What models are shown of a schema: the JSON schema of its input. Also runs schemas, whatever they
 * throw.
 */
import * as z from 'zod'
import { isRecord } from '../describe.ts'
import { describe, HeddleError, problemOf } from '../errors.ts'
import { isAsyncFor, isPlainlyAsync, isZod } from './async-schema.ts'
import { checkSchema, isSchema, type Schema } from './schema.ts'

/** A JSON schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

export type Shown =
  | { readonly kind: 'known'; readonly jsonSchema: JsonSchema }
  /** The schema can't describe what it takes. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly problem: string }

/**
 * The input side of a schema; `given` takes precedence over the schema's own description. Problems
 * are worded to follow "its schema …" or "its parameters …". `what` is the schema's owner. Throws
 * HEDDLE_ASYNC_SCHEMA where the schema's definition shows that it is asynchronous.
 */
export function jsonSchemaOf(schema: unknown, what: string, given?: JsonSchema): Shown {
  if (!isSchema(schema)) {
    const problem = `must be a Standard Schema, as zod's and valibot's are, and is ${describe(schema)}`
    return { kind: 'refused', problem }
  }
  if (isPlainlyAsync(schema)) throw new HeddleError('HEDDLE_ASYNC_SCHEMA', { what })
  if (given !== undefined) {
    if (isRecord(given)) return { kind: 'known', jsonSchema: given }
    return { kind: 'refused', problem: `has the jsonSchema ${describe(given)}, which is none` }
  }
  try {
    const { jsonSchema } = schema['~standard'] as SaysItself
    const own = isZod(schema) ? readZod(schema, jsonSchema !== undefined) : undefined
    if (own !== undefined) return own
    if (jsonSchema === undefined) return { kind: 'unknown' }
    return { kind: 'known', jsonSchema: jsonSchema.input({ target: 'draft-2020-12' }) }
  } catch (error) {
    const problem = `can't be shown to a model: ${problemOf(error)}; give jsonSchema beside it`
    return { kind: 'refused', problem }
  }
}

/**
 * The JSON schema as one of an object; undefined when it accepts something other than an object.
 */
export function asObjectSchema(jsonSchema: JsonSchema): JsonSchema | undefined {
  const { $ref, $defs } = jsonSchema
  if (typeof $ref === 'string' && isRecord($defs)) {
    const named: unknown = $defs[$ref.replace('#/$defs/', '')]
    return isRecord(named) && takesObjects(named) ? { ...named, $defs } : undefined
  }
  return takesObjects(jsonSchema) ? { ...jsonSchema, type: 'object' } : undefined
}

function takesObjects({ type, anyOf, oneOf, allOf }: JsonSchema): boolean {
  if (type !== undefined) return type === 'object'
  const parts = [anyOf, oneOf, allOf].find((one) => Array.isArray(one)) as unknown[] | undefined
  return parts?.every((part) => isRecord(part) && takesObjects(part)) === true
}

export type CheckedWith =
  | { readonly kind: 'valid'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly problem: string }

/**
 * Checks a value once. An error that a user's schema throws is a problem too. `what` is the
 * schema's owner. Throws HEDDLE_ASYNC_SCHEMA.
 */
export function checkWith(schema: Schema, value: unknown, what: string): CheckedWith {
  try {
    const checked = checkSchema(schema, value)
    if (checked.kind === 'valid') return checked
    if (checked.kind === 'invalid') return { kind: 'invalid', problem: checked.issues.join('; ') }
    if (!isAsyncFor(schema, value)) return { kind: 'invalid', problem: 'its schema threw' }
  } catch (error) {
    return { kind: 'invalid', problem: `its schema threw: ${problemOf(error)}` }
  }
  throw new HeddleError('HEDDLE_ASYNC_SCHEMA', { what })
}

/** See https://standardschema.dev/json-schema */
interface SaysItself {
  readonly jsonSchema?: { input(options: { readonly target: string }): JsonSchema }
}

/** Types whose values JSON does not carry, although zod makes a JSON schema for some of them. */
const NOT_JSON = new Set([
  ...['bigint', 'custom', 'date', 'file', 'function', 'map', 'nan', 'set', 'symbol'],
  ...['transform', 'undefined', 'void'],
])
/** The input of coercing types, which make a value of what JSON does carry. */
const COERCED: Readonly<Record<string, JsonSchema>> = {
  date: { type: 'string', format: 'date-time' },
  bigint: { type: 'string', pattern: '^-?\\d+$' }, // a JSON number would lose digits
}

/**
 * Undefined for a schema of another version of zod, which this one can't read and which describes
 * itself.
 */
function readZod(schema: z.ZodType, describesItself: boolean): Shown | undefined {
  try {
    return ofZod(schema)
  } catch (error) {
    if (describesItself) return undefined
    throw error
  }
}

function ofZod(schema: z.ZodType): Shown {
  const odd: string[] = []
  const jsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: shown, path }) => {
      const { def } = zodSchema._zod
      const { type } = def
      const coerced = 'coerce' in def && def.coerce === true ? COERCED[type] : undefined
      if (coerced !== undefined) Object.assign(shown, coerced)
      else if (NOT_JSON.has(type) || isOddLiteral(def)) odd.push(`${placeOf(path)} is a ${type}`)
      // As on its output side: members that a model adds would be dropped.
      if (type === 'object' && !('catchall' in def && def.catchall !== undefined)) {
        shown.additionalProperties ??= false
      }
    },
  })
  if (odd.length === 0) return { kind: 'known', jsonSchema: jsonSchema as JsonSchema }
  const mend = 'take what JSON has and transform it, as z.codec does, or give jsonSchema beside it'
  const problem = `takes what JSON does not carry: ${odd.join('; ')}; ${mend}`
  return { kind: 'refused', problem }
}

function isOddLiteral(def: object): boolean {
  if (!('values' in def) || !Array.isArray(def.values)) return false
  return def.values.some((value) => value === undefined || typeof value === 'bigint')
}

/** A path through the JSON schema as text, as in `order.items[].at`. */
function placeOf(path: readonly (string | number)[]): string {
  let place = ''
  for (let at = 0; at < path.length; at++) {
    if (path[at] === 'properties') place += `${place === '' ? '' : '.'}${path[++at]}`
    else if (path[at] === 'items') place += '[]'
  }
  return place === '' ? 'it' : place
}
