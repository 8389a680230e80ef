/**
 * State fields as text. The router keeps this text and never opens it, so recovery, passivation, a
 * move of a key, and save and load are one mechanism: activate from what was committed.
 *
 * What JSON carries exactly is JSON. Anything else that can be cloned (dates, maps, sets, binary,
 * undefined members, NaN, shared references) is V8's structured form, in base64 behind a mark. Of
 * binary data the viewed bytes alone are kept; a `Buffer` comes back as a `Buffer`.
 */
import { types } from 'node:util'
import { DefaultDeserializer, serialize } from 'node:v8'
import { classOf, isOfSubclass, isPlain } from '../describe.ts'
import { copyView, isShared, viewedBytes } from '../messages/bytes.ts'

/**
 * A value as text: JSON, or `!` and base64 of V8's structured form, either of them after an
 * {@link OTHER_KIND}.
 */
export type Encoded = string

const MARK = '!'
/**
 * Before the text of a field that its agent made something else than its initial value is, as where
 * a text may be a record. Without it, text that does not fit the initial value was committed under
 * another definition.
 */
export const OTHER_KIND = ' '
const MAX_DEPTH = 100

/** Throws what V8 throws for values that can't be cloned. */
export function encode(value: unknown): Encoded {
  if (isJson(value)) return JSON.stringify(value)
  refuseLossy(value, new Set())
  return MARK + serialize(value).toString('base64')
}

/** The same, of nothing but what JSON carries exactly: all of it can be frozen. */
export function encodeJson(value: unknown): Encoded {
  if (isJson(value)) return JSON.stringify(value)
  throw new TypeError('it is not data that JSON carries exactly')
}

export function decode(encoded: Encoded): unknown {
  const mark = encoded.startsWith(OTHER_KIND) ? 1 : 0
  if (encoded.charCodeAt(mark) !== 33) return JSON.parse(encoded) // which allows a space before
  return deserialize(Buffer.from(encoded.slice(mark + 1), 'base64'))
}

interface HostObjects {
  _readHostObject(): ArrayBufferView
}

/**
 * V8's own gives views of the bytes that it reads, which for little data stand in Node's pool: each
 * view gets its own.
 */
function deserialize(bytes: Buffer): unknown {
  const reader = new DefaultDeserializer(bytes) as DefaultDeserializer & HostObjects
  const read = reader._readHostObject
  reader._readHostObject = () => {
    const view = read.call(reader)
    return Buffer.isBuffer(view) ? Buffer.from(viewedBytes(view)) : copyView(view)
  }
  reader.readHeader()
  return reader.readValue()
}

/** Whether JSON brings `value` back exactly as it is. */
export function isJson(value: unknown): boolean {
  return typeof value === 'object' ? isJsonTree(value, 0, new Set()) : isJsonLeaf(value)
}

function isJsonTree(value: unknown, depth: number, seen: Set<object>): boolean {
  if (typeof value !== 'object') return isJsonLeaf(value)
  if (value === null) return true
  if (depth === MAX_DEPTH || seen.has(value)) return false // what is shared must stay shared
  seen.add(value)
  if (Array.isArray(value)) {
    if (Object.keys(value).length !== value.length) return false // holes, or named fields
    for (const item of value) if (!isJsonTree(item, depth + 1, seen)) return false
    return true
  }
  if (!isPlain(value)) return false
  for (const name of Object.keys(value)) {
    if (!isJsonTree(Reflect.get(value, name), depth + 1, seen)) return false
  }
  return true
}

function isJsonLeaf(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    default:
      return false
  }
}

/**
 * V8 clones an instance of a class as a plain object: its methods would be gone after the next
 * activation.
 */
function refuseLossy(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  const isBuiltIn = types.isMap(value) || types.isSet(value) || types.isDate(value)
  if (isBuiltIn && isOfSubclass(value)) throw lossy(value)
  if (types.isMap(value)) {
    for (const [key, item] of Map.prototype.entries.call(value)) {
      refuseLossy(key, seen)
      refuseLossy(item, seen)
    }
  } else if (types.isSet(value)) {
    for (const item of Set.prototype.values.call(value)) refuseLossy(item, seen)
  } else if (Array.isArray(value) || isPlain(value)) {
    for (const item of Object.values(value)) refuseLossy(item, seen)
  } else if (!isWhole(value)) throw lossy(value)
}

function lossy(value: object): TypeError {
  return new TypeError(
    `it holds a ${classOf(value) || 'class instance'}, whose class would be lost`,
  )
}

/** Whether V8 brings it back as it was. */
function isWhole(value: object): boolean {
  if (ArrayBuffer.isView(value)) return !isShared(value)
  return (
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isArrayBuffer(value)
  )
}

/** What a value is, as roughly as a definition says it by its initial value. */
export type ValueKind =
  | 'a list'
  | 'a record'
  | 'a string'
  | 'a number'
  | 'a boolean'
  | 'nothing'
  | 'something else'

export function kindOfValue(value: unknown): ValueKind {
  switch (typeof value) {
    case 'string':
      return 'a string'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'a boolean'
    case 'undefined':
      return 'nothing'
    case 'object':
      if (value === null) return 'nothing'
      if (Array.isArray(value)) return 'a list'
      return isPlain(value) ? 'a record' : 'something else'
    default:
      return 'something else'
  }
}

/** The kind of a value by its text; undefined where the text must be decoded to tell. */
export function kindOfText(encoded: Encoded): ValueKind | undefined {
  switch (encoded[0]) {
    case '!':
      return undefined
    case '[':
      return 'a list'
    case '{':
      return 'a record'
    case '"':
      return 'a string'
    case 't':
    case 'f':
      return 'a boolean'
    case 'n':
      return 'nothing'
    default:
      return 'a number'
  }
}
