/**
 * A short text that stands for a payload: deeply equal payloads have the same one, others have
 * different ones. The order of a record's fields, of a map's entries and of a set's items does not
 * count. A Blob can't be read at once: its size and its type stand for its bytes.
 */
import { createHash } from 'node:crypto'
import { types } from 'node:util'
import { isBlob } from './bytes.ts'

/** Longer texts are replaced by their hash, so that the digest of a payload stays short. */
const MAX_CHARS = 64

export function digestOf(payload: unknown): string {
  return textOf(payload, new Map())
}

export function isSamePayload(one: unknown, other: unknown): boolean {
  return digestOf(one) === digestOf(other)
}

type Known = Map<object, string>

function textOf(value: unknown, known: Known): string {
  switch (typeof value) {
    case 'string':
      return shortened(JSON.stringify(value))
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return shortened(`${value}n`)
    case 'object':
      return value === null ? 'null' : objectText(value, known)
    default:
      return String(value)
  }
}

/** Walks a shared part only once. */
function objectText(value: object, known: Known): string {
  const before = known.get(value)
  if (before !== undefined) return before
  const text = shortened(partsOf(value, known))
  known.set(value, text)
  return text
}

function partsOf(value: object, known: Known): string {
  const text = (part: unknown) => textOf(part, known)
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  if (types.isMap(value)) {
    const entries = [...value].map(([key, item]) => `${text(key)}:${text(item)}`)
    return `Map{${entries.sort().join()}}`
  }
  if (types.isSet(value)) return `Set{${[...value].map(text).sort().join()}}`
  if (types.isDate(value)) return `Date ${value.getTime()}`
  if (types.isAnyArrayBuffer(value)) return `ArrayBuffer ${hashOf(new Uint8Array(value))}`
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value
    return `${tagOf(value)} ${hashOf(new Uint8Array(buffer, byteOffset, byteLength))}`
  }
  if (isBlob(value)) return `Blob ${value.size} ${JSON.stringify(value.type)}`
  const fields = Object.keys(value).sort()
  return `{${fields.map((name) => `${JSON.stringify(name)}:${text(Reflect.get(value, name))}`).join()}}`
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}

function shortened(text: string): string {
  return text.length <= MAX_CHARS ? text : `#${hashOf(text)}`
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url')
}
