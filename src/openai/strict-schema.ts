/**
 * Whether an answer can be held to a JSON schema strictly: providers that do so take a part of JSON
 * schema only, and refuse a call whose schema has more.
 */
import { isRecord } from '../describe.ts'

/** What the strict part of the interface has in all its versions. */
const KNOWN = [
  '$schema',
  '$defs',
  '$ref',
  'title',
  'description',
  'type',
  'enum',
  'const',
  'anyOf',
  'items',
  'properties',
  'required',
  'additionalProperties',
]

/** Whether the schema, and each within it, is one that strict providers take. */
export function isStrict(schema: Readonly<Record<string, unknown>>): boolean {
  return isRecord(schema.properties) && holds(schema)
}

function holds(schema: unknown): boolean {
  if (!isRecord(schema) || !Object.keys(schema).every((name) => KNOWN.includes(name))) return false
  const { properties, $defs, items, anyOf } = schema
  const within = [
    ...valuesIn($defs),
    ...valuesIn(properties),
    ...(Array.isArray(anyOf) ? anyOf : []),
  ]
  if (items !== undefined) within.push(items)
  return (schema.type !== 'object' || isClosed(schema)) && within.every(holds)
}

/** An object that has all of its properties, and no others. */
function isClosed({
  properties,
  required,
  additionalProperties,
}: Record<string, unknown>): boolean {
  if (additionalProperties !== false || !isRecord(properties)) return false
  return Object.keys(properties).every((name) => Array.isArray(required) && required.includes(name))
}

function valuesIn(schemas: unknown): unknown[] {
  return isRecord(schemas) ? Object.values(schemas) : []
}
