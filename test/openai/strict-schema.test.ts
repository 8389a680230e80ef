/** Which schemas are asked for strictly. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { isStrict } from '../../src/openai/strict-schema.ts'

const inner = z.strictObject({ a: z.string().describe('a text'), b: z.enum(['x', 'y']).nullable() })

test.each<[string, z.ZodType]>([
  ['a plain one', z.object({ n: z.number(), list: z.array(inner) })],
  ['one with a choice', z.object({ one: z.union([z.string(), inner]) })],
  ['one without properties', z.object({})],
])('%s is', (_, schema) => {
  expect(isStrict(z.toJSONSchema(schema))).toBe(true)
})

test.each<[string, z.ZodType]>([
  ['with an optional property', z.object({ a: z.string(), n: z.number().optional() })],
  ['with one further down', z.object({ list: z.array(z.object({ n: z.number().optional() })) })],
  ['that is open', z.looseObject({ n: z.number() })],
  ['with any names', z.object({ by: z.record(z.string(), z.number()) })],
  ['with bounds', z.object({ n: z.number().min(1) })],
  ['with bounds in a choice', z.object({ n: z.union([z.null(), z.string().max(3)]) })],
  ['with anything', z.object({ list: z.array(z.strictObject({ n: z.number().max(2) })) })],
  ['that is a list', z.array(inner)],
])('one %s is not', (_, schema) => {
  expect(isStrict(z.toJSONSchema(schema))).toBe(false)
})
