/** What can be read of an error, whoever threw it: its causes and its fields. Never throws. */
import { types } from 'node:util'
import { readFrom } from './describe.ts'

/** The most causes followed in a chain. */
const MAX_FOLLOWED = 1_000

/** The error and its causes, outermost first. */
export function chainOf(error: unknown): unknown[] {
  const chain = new Set<unknown>()
  let link = error
  while (!chain.has(link) && chain.size < MAX_FOLLOWED) {
    chain.add(link)
    if (typeof link !== 'object' || link === null) break
    const cause = readFrom(link, 'cause')
    if (cause === undefined) break
    link = cause
  }
  return [...chain]
}

/** A list whose items can be read; `Array.isArray` throws on a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  return !types.isProxy(value) && Array.isArray(value)
}

/**
 * The plain fields of an error other than its name, message, stack and cause: `status`, `errno`,
 * `path`. `own` has those of heddle's own errors, which may also be lists.
 */
export function fieldsOf(
  error: object,
  own: object | undefined,
  maxText: number,
): Record<string, unknown> {
  const from = own ?? error
  const isPlain = own === undefined ? isPrimitive : isPlainField
  const fields: [name: string, value: unknown][] = []
  for (const name of namesOf(from)) {
    const value = readFrom(from, name)
    if (from === error && (NAMED.has(name) || (name === 'code' && typeof value === 'string'))) {
      continue
    }
    if (!isPlain(value)) continue
    fields.push([name, typeof value === 'string' ? cutText(value, maxText) : value])
  }
  return Object.fromEntries(fields)
}

/** The text, or its first `most` characters and how many are left out. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most)} … (${text.length - most} more characters)`
}

const NAMED = new Set(['name', 'message', 'stack', 'cause'])
const MAX_FIELDS = 100

function namesOf(value: object): string[] {
  try {
    return Object.keys(value).slice(0, MAX_FIELDS)
  } catch {
    return []
  }
}

/** Whether a field of heddle's own errors can hold it. */
function isPlainField(value: unknown): boolean {
  return isPrimitive(value) || (isList(value) && value.every(isPrimitive))
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}
