/**
 * Describes any value in a few words, for messages. The value may come from another realm (a `vm`
 * context, a test runner), may throw when it is read, and may be a revoked proxy: nothing here
 * throws.
 */
import { types } from 'node:util'

const MAX_TEXT = 80

/** A short, safe description of any value, for messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value}'`
  }
  if (typeof value === 'function') return `the function '${textFrom(value, 'name') ?? ''}'`
  if (typeof value === 'bigint') return `the bigint ${value}`
  if (value === null || typeof value !== 'object') return String(value)
  try {
    return Array.isArray(value) ? 'an array' : `an object (${classOf(value) ?? 'no prototype'})`
  } catch {
    return "an object that can't be read"
  }
}

/** As `String`; a value that can't be converted is described. */
export function plainText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return describe(value)
  }
}

/** The name of an object's class; undefined if it can't be read. */
export function classOf(value: object): string | undefined {
  const Class = readFrom(value, 'constructor')
  return typeof Class === 'function' ? textFrom(Class, 'name') : undefined
}

/**
 * The message of a thrown value, or of its record, as a part of another message: without heddle's
 * code at its end.
 */
export function problemOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return describe(error)
  const message = textFrom(error, 'message')
  if (message === undefined) return describe(error)
  const code = ` (${textFrom(error, 'code') ?? ''})`
  return message.endsWith(code) ? message.slice(0, -code.length) : message
}

/** The same for a value that a user's code threw; says so if it is not an error. */
export function thrownText(thrown: unknown): string {
  const says = typeof thrown === 'object' && thrown !== null && textFrom(thrown, 'message')
  if (typeof says === 'string') return problemOf(thrown)
  return `${describe(thrown)} was thrown, which is not an Error`
}

/**
 * Whether it is a record of any realm: its prototype is `null`, or an object whose prototype is
 * `null`.
 */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * Whether it is an object of any class, but not a list. Never throws; false for a revoked proxy.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  try {
    return !Array.isArray(value)
  } catch {
    return false
  }
}

/** Whether it is an error: of this realm or another, or a `DOMException`. Never throws. */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  if (types.isNativeError(value)) return true
  return readFrom(value, Symbol.toStringTag) === 'DOMException'
}

/** A field of an object; undefined if it can't be read. */
export function readFrom(value: object, name: string | symbol): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}

/** The same, if the field is a string. */
export function textFrom(value: object, name: string): string | undefined {
  const text = readFrom(value, name)
  return typeof text === 'string' ? text : undefined
}

/**
 * Whether its prototype chain is longer than that of a built-in `Map`, `Set`, `Date` or list. The
 * check avoids their classes, which may be another realm's.
 */
export function isOfSubclass(value: object): boolean {
  let depth = 0
  let prototype: unknown = Object.getPrototypeOf(value)
  for (; prototype !== null && depth < 3; depth++) prototype = Object.getPrototypeOf(prototype)
  return depth > 2
}
