import type { StandardSchemaV1 } from '@standard-schema/spec'
import { problemOf, readFrom } from '../describe.ts'

/** Any Standard Schema (zod, valibot, arktype, …). See https://standardschema.dev */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>

export type Checked =
  | { readonly kind: 'valid'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly issues: readonly string[]; readonly cause?: unknown }
  | { readonly kind: 'asynchronous' }

/**
 * Runs a schema synchronously, since heddle checks at the call. An asynchronous schema and an error
 * of the schema's own code are outcomes, not exceptions.
 */
export function checkSchema(schema: Schema, value: unknown): Checked {
  try {
    const result = schema['~standard'].validate(value)
    if ('then' in result) {
      result.then(undefined, () => {}) // its answer is not wanted, and must not count as unhandled
      return { kind: 'asynchronous' }
    }
    if (result.issues === undefined) return { kind: 'valid', value: result.value }
    return { kind: 'invalid', issues: result.issues.map(issueText) }
  } catch (cause) {
    return { kind: 'invalid', issues: [`its schema threw: ${problemOf(cause)}`], cause }
  }
}

export function isSchema(value: unknown): value is Schema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const standard = readFrom(value, '~standard')
  if (typeof standard !== 'object' || standard === null) return false
  return typeof readFrom(standard, 'validate') === 'function'
}

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  return path.length === 0 ? issue.message : `${path.join('.')}: ${issue.message}`
}
