/** The fields of a log record: logging never fails its turn, whatever it is given. */
import { jsonText } from '../json-text.ts'
import { sealPayload } from '../messages/payload.ts'

type Fields = Readonly<Record<string, unknown>>

/** A copy of `fields` that can cross a thread. A field that can't be cloned is shown as text. */
export function logFields(fields: unknown): Fields | undefined {
  if (fields === undefined) return undefined
  try {
    const { value } = sealPayload(fields, 'log')
    if (isRecord(value)) return value
  } catch {
    // a field can't be cloned: they are copied one by one below
  }
  if (!isRecord(fields)) return Object.freeze({ fields: jsonText(fields) })
  const own: [string, unknown][] = []
  for (const name of Object.keys(fields)) own.push([name, fieldOf(fields, name)])
  return Object.freeze(Object.fromEntries(own))
}

function fieldOf(fields: Fields, name: string): unknown {
  let field: unknown
  try {
    field = Reflect.get(fields, name)
    return sealPayload(field, 'log').value
  } catch (error) {
    return jsonText(field ?? error)
  }
}

/** Whether it holds named values and is not a list; false for a revoked proxy. */
function isRecord(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false
  try {
    return Object.prototype.toString.call(value) === '[object Object]' && !Array.isArray(value)
  } catch {
    return false
  }
}
