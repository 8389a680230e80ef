/**
 * The check of results against their output schemas.
 *
 * Invariant: no regular expression of a server runs here: one on the main thread could freeze the
 * whole process.
 */
import type { JsonSchemaType, jsonSchemaValidator } from '@modelcontextprotocol/client'
import { isRecord } from '../describe.ts'
import { loadPeer } from '../models/peer.ts'

/** The package's own check, without patterns. Rejects with HEDDLE_MISSING_PACKAGE. */
export async function loadSchemaCheck(): Promise<jsonSchemaValidator> {
  const load = () => import('@modelcontextprotocol/client/validators/ajv')
  const loaded = await loadPeer('@modelcontextprotocol/client', 'heddle/mcp', load)
  const inner = new loaded.AjvJsonSchemaValidator()
  return { getValidator: (schema) => inner.getValidator(withoutPatterns(schema)) }
}

/** The members of a schema whose values are schemas by name. */
const BY_NAME = ['properties', '$defs', 'definitions', 'dependentSchemas']
/** Those that hold data. */
const DATA = ['enum', 'const', 'default', 'examples']

function withoutPatterns(schema: JsonSchemaType): JsonSchemaType {
  return cleaned(schema) as JsonSchemaType
}

function cleaned(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(cleaned)
  if (!isRecord(schema)) return schema
  const isOpen = 'patternProperties' in schema
  const members = Object.entries(schema).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'pattern' || name === 'patternProperties') return []
    // what the patterns allowed is not known any more
    if (isOpen && /^(additional|unevaluated)Properties$/.test(name)) return []
    if (DATA.includes(name)) return [[name, value]]
    return [[name, BY_NAME.includes(name) && isRecord(value) ? eachOf(value) : cleaned(value)]]
  })
  return Object.fromEntries(members)
}

function eachOf(schemas: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, cleaned(one)]))
}
