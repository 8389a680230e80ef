/**
 * State fields as text. The router keeps this text and never opens it, so recovery, passivation, a
 * move of a key, and save and load are one mechanism: activate from what was committed.
 *
 * What JSON carries exactly is JSON. Anything else that can be cloned (dates, maps, sets, binary,
 * undefined members, NaN, shared references) is V8's structured form, in base64 behind a mark.
 */
import { deserialize, serialize } from 'node:v8'

/** A value as text: JSON, or `!` and base64 of V8's structured form. JSON text never begins with `!`. */
export type Encoded = string

const MARK = '!'
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
  throw new TypeError('it is no data that JSON carries exactly')
}

export function decode(encoded: Encoded): unknown {
  if (encoded.charCodeAt(0) !== 33) return JSON.parse(encoded)
  return deserialize(Buffer.from(encoded.slice(1), 'base64'))
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

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** V8 clones an instance of a class as a plain object: its methods would be gone after the next activation. */
function refuseLossy(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (value instanceof Map) {
    for (const [key, item] of value) {
      refuseLossy(key, seen)
      refuseLossy(item, seen)
    }
  } else if (value instanceof Set) {
    for (const item of value) refuseLossy(item, seen)
  } else if (Array.isArray(value) || isPlain(value)) {
    for (const item of Object.values(value)) refuseLossy(item, seen)
  } else if (!ArrayBuffer.isView(value) && !WHOLE.some((Class) => value instanceof Class)) {
    throw new TypeError(`it holds a ${value.constructor?.name}, whose class would be lost`)
  }
}

/** Classes whose instances V8 brings back as they were. */
const WHOLE = [Date, RegExp, Error, ArrayBuffer]
