/**
 * Any value as JSON text, for people and models to read. It never throws, and it never drops what
 * is there without a word: what JSON has no form for becomes a text that says what it is. The value
 * may come from another realm.
 */
import { types } from 'node:util'
import { classOf, isError, isPlain, problemOf, textFrom } from './describe.ts'

/** Deeper than this, a part is only named. */
const MAX_DEPTH = 100
/** About how many characters a text has at most, unless it is told. */
const MAX_CHARS = 1_000_000

/**
 * The JSON text of a value. As `JSON.stringify` gives it, except: a bigint is a string of digits; a
 * number that JSON lacks, a function and a symbol are strings; a map with string keys is an object,
 * any other map a list of pairs; a set is a list; an error is its name, message, code, fields and
 * cause; bytes are in base64; a cycle, a value that can't be read, and an instance without fields
 * are strings in brackets. `undefined` alone is `null`. A text of more than about `maxChars`
 * characters (default: a million) is cut; it stays JSON and says what is missing.
 */
export function jsonText(value: unknown, maxChars = MAX_CHARS): string {
  return new Writer(maxChars).text(value)
}

/** Characters of a reason that is neither a text nor an error. */
const MAX_REASON = 1_000

/**
 * What a signal was aborted with, as a text: an error's message, a text as it is, other values as
 * JSON. Never throws.
 */
export function reasonText(reason: unknown): string {
  if (typeof reason === 'string') return reason
  if (reason === undefined) return 'no reason was given'
  const message = isError(reason) ? textFrom(reason, 'message') : undefined
  return message ?? jsonText(reason, MAX_REASON)
}

class Writer {
  #left: number
  /** The objects around the one that is written. */
  readonly #around = new Set<object>()

  constructor(maxChars: number) {
    this.#left = maxChars
  }

  text(value: unknown): string {
    try {
      return this.#value(value)
    } catch (error) {
      return this.#string(unreadable(error)) // a revoked proxy, or a stack that is full
    }
  }

  #value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'boolean':
        return this.#spent(String(value))
      case 'number':
        return Number.isFinite(value)
          ? this.#spent(JSON.stringify(value))
          : this.#string(String(value))
      case 'bigint':
      case 'symbol':
        return this.#string(String(value))
      case 'function':
        return this.#string(value.name === '' ? '[function]' : `[function ${value.name}]`)
      case 'undefined':
        return this.#spent('null')
      case 'object':
        return value === null ? this.#spent('null') : this.#object(value)
    }
  }

  #object(value: object): string {
    if (this.#around.has(value)) return this.#string('[cycle]')
    if (this.#around.size >= MAX_DEPTH) return this.#string(`[nested deeper than ${MAX_DEPTH}]`)
    this.#around.add(value)
    this.#left -= 2 // its brackets, so that parts that stand in it many times have an end too
    try {
      return this.#byKind(value)
    } finally {
      this.#around.delete(value)
    }
  }

  #byKind(value: object): string {
    if (Array.isArray(value)) return this.#list(value.length, value)
    if (isError(value)) return this.#record(fieldsOfError(value))
    if (types.isMap(value)) return this.#map([...Map.prototype.entries.call(value)])
    if (types.isSet(value)) {
      const items = [...Set.prototype.values.call(value)]
      return this.#list(items.length, items)
    }
    if (types.isDate(value)) return this.#date(Date.prototype.getTime.call(value))
    if (types.isRegExp(value)) return this.#string(String(value))
    if (types.isBoxedPrimitive(value)) return this.text(value.valueOf())
    const bytes = bytesOf(value)
    if (bytes !== undefined) return this.#bytes(nameOf(value), bytes)
    if (ArrayBuffer.isView(value)) {
      const numbers = value as unknown as Float64Array
      return this.#list(numbers.length, numbers)
    }
    const asItSays = toJson(value)
    if (asItSays.kind === 'given') return this.text(asItSays.value)
    const names = Object.keys(value)
    if (names.length === 0 && !isPlain(value)) return this.#string(`[${nameOf(value)}]`)
    return this.#record(names.map((name) => [name, () => Reflect.get(value, name)]))
  }

  #list(count: number, items: Iterable<unknown>): string {
    const texts: string[] = []
    for (const item of items) {
      if (this.#left <= 0) {
        texts.push(JSON.stringify(`[${count - texts.length} more]`))
        break
      }
      texts.push(this.text(item))
    }
    return `[${texts.join(',')}]`
  }

  #date(time: number): string {
    return this.#string(Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString())
  }

  #map(entries: readonly (readonly [unknown, unknown])[]): string {
    if (!entries.every(([key]) => typeof key === 'string')) {
      return this.#list(entries.length, entries)
    }
    return this.#record(entries.map(([key, item]) => [key as string, () => item]))
  }

  /** Members that are undefined are left out, as JSON does. */
  #record(members: readonly (readonly [string, () => unknown])[]): string {
    const texts: string[] = []
    for (const [at, [name, read]] of members.entries()) {
      if (this.#left <= 0) {
        texts.push(`"…":${JSON.stringify(`[${members.length - at} more]`)}`)
        break
      }
      const label = this.#string(name)
      const text = this.#member(read)
      if (text !== undefined) texts.push(`${label}:${text}`)
    }
    return `{${texts.join(',')}}`
  }

  #member(read: () => unknown): string | undefined {
    let value: unknown
    try {
      value = read()
    } catch (error) {
      return this.#string(unreadable(error))
    }
    return value === undefined ? undefined : this.text(value)
  }

  #bytes(type: string, bytes: Uint8Array): string {
    const shown = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    return this.#record(Object.entries({ type, bytes: bytes.byteLength, base64: shown }).map(held))
  }

  #string(text: string): string {
    const most = Math.max(0, this.#left)
    const over = text.length - most
    return this.#spent(
      JSON.stringify(over > 0 ? `${text.slice(0, most)}… [${over} more characters]` : text),
    )
  }

  #spent(text: string): string {
    this.#left -= text.length
    return text
  }
}

function held([name, value]: [string, unknown]): readonly [string, () => unknown] {
  return [name, () => value]
}

/** Its message is no member that JSON would see. */
function fieldsOfError(error: Error): readonly (readonly [string, () => unknown])[] {
  const own = Object.keys(error).filter((name) => !['name', 'message', 'cause'].includes(name))
  const names = ['name', 'message', ...own, 'cause']
  if ('errors' in error && !own.includes('errors')) names.push('errors') // of an AggregateError
  return names.map((name) => [name, () => Reflect.get(error, name)])
}

function bytesOf(value: object): Uint8Array | undefined {
  if (types.isUint8Array(value) || types.isUint8ClampedArray(value) || types.isDataView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return types.isAnyArrayBuffer(value) ? new Uint8Array(value) : undefined
}

function toJson(
  value: object,
): { readonly kind: 'given'; readonly value: unknown } | { readonly kind: 'none' } {
  try {
    const own: unknown = Reflect.get(value, 'toJSON')
    if (typeof own !== 'function') return { kind: 'none' }
    const given: unknown = own.call(value, '')
    return given === undefined || given === value
      ? { kind: 'none' }
      : { kind: 'given', value: given }
  } catch {
    return { kind: 'none' } // its fields stand for it
  }
}

function nameOf(value: object): string {
  return classOf(value) || 'object'
}

function unreadable(error: unknown): string {
  return `[can't be read: ${problemOf(error)}]`
}
