/**
 * Any value as JSON text: for logs, and for models that are shown what a tool gave back.
 *
 * What JSON carries is written as `JSON.stringify` writes it. For the rest something sensible stands in its place, so that
 * nothing is lost unsaid, nothing throws, and the text has an end.
 */
import { types } from 'node:util'
import { describe, isError, problemOf, readFrom } from './describe.ts'

const MAX_DEPTH = 50

/**
 * `value` as JSON text. Never throws. A `Map` with texts as keys is written as an object, another one as a list of pairs; a `Set` as a
 * list; an error as its name, message, code, plain fields and cause; bytes as base64; a bigint, a number that is not finite, a function
 * and a symbol as texts; `undefined` as `null`, and a field that is `undefined` is left out, as JSON does. Beyond about `maxChars`
 * characters the rest is cut, and the text says how much.
 */
export function jsonText(value: unknown, maxChars = 1_000_000): string {
  const writing = new Writing(maxChars)
  return JSON.stringify(writing.plain(value, '')) ?? 'null'
}

/** One value being turned into what JSON can carry. */
class Writing {
  #left: number
  /** The objects that the present one stands in. */
  readonly #within = new Set<object>()

  constructor(maxChars: number) {
    this.#left = maxChars
  }

  plain(value: unknown, name: string): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return Number.isFinite(value) ? this.#counted(value) : String(value)
      case 'boolean':
        return this.#counted(value)
      case 'bigint':
        return this.#text(String(value))
      case 'undefined':
        return null
      case 'object':
        return value === null ? this.#counted(value) : this.#object(value, name)
      default:
        return this.#text(describe(value))
    }
  }

  #object(value: object, name: string): unknown {
    if (this.#within.has(value)) return this.#text('(the same as an object above)')
    if (this.#within.size >= MAX_DEPTH) return this.#text(`(nested deeper) ${describe(value)}`)
    this.#within.add(value)
    try {
      return this.#byKind(value, name)
    } catch (error) {
      return this.#text(`${describe(value)} that can't be read: ${problemOf(error)}`)
    } finally {
      this.#within.delete(value)
    }
  }

  #byKind(value: object, name: string): unknown {
    if (types.isDate(value)) return this.#date(value)
    if (ArrayBuffer.isView(value)) return this.#view(value)
    if (types.isAnyArrayBuffer(value)) return this.#bytes(new Uint8Array(value))
    const toJson = Reflect.get(value, 'toJSON')
    if (typeof toJson === 'function') return this.plain(toJson.call(value, name), name)
    if (types.isBoxedPrimitive(value)) return this.plain(value.valueOf(), name)
    if (types.isMap(value)) return this.#map(value)
    if (types.isSet(value)) return this.#list([...Set.prototype.values.call(value)])
    if (isError(value)) return this.#error(value)
    if (types.isRegExp(value)) return this.#text(String(value))
    if (Array.isArray(value)) return this.#list(value)
    return this.#record(value)
  }

  #date(value: Date): unknown {
    const time = Date.prototype.getTime.call(value)
    return this.#text(Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString())
  }

  #view(value: ArrayBufferView): unknown {
    const { buffer, byteOffset, byteLength } = value
    if (types.isUint8Array(value) || types.isUint8ClampedArray(value) || types.isDataView(value)) {
      return this.#bytes(new Uint8Array(buffer, byteOffset, byteLength))
    }
    return this.#list(value as unknown as ArrayLike<unknown>)
  }

  /** Base64 of the bytes, or of as many as there is room for. */
  #bytes(bytes: Uint8Array): string {
    const room = Math.max(0, Math.floor((this.#left * 3) / 4))
    const kept = bytes.subarray(0, room)
    const text = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString('base64')
    this.#left -= text.length
    const cut = bytes.length - kept.length
    return cut === 0 ? text : `${text}… (${cut} more bytes)`
  }

  #map(value: Map<unknown, unknown>): unknown {
    const entries = [...Map.prototype.entries.call(value)]
    if (entries.some(([key]) => typeof key !== 'string')) return this.#list(entries)
    return this.#fields(entries as [string, unknown][])
  }

  #list(items: ArrayLike<unknown>): unknown[] {
    const list: unknown[] = []
    for (let index = 0; index < items.length; index++) {
      if (this.#left <= 0) {
        list.push(`… (${items.length - index} more items)`)
        break
      }
      list.push(this.plain(items[index], String(index)))
    }
    return list
  }

  #error(error: Error): unknown {
    const said = ['name', 'message', 'code', 'cause', 'errors'].flatMap((name) => {
      const value = readFrom(error, name)
      return value === undefined || value === '' ? [] : [[name, value] as const]
    })
    const own = Object.keys(error).map((name) => [name, readFrom(error, name)] as const)
    const known = new Set(said.map(([name]) => name))
    return this.#fields([...said, ...own.filter(([name]) => name !== 'stack' && !known.has(name))])
  }

  #record(value: object): unknown {
    const names = Object.keys(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
    if (names.length === 0 && !isPlain) return this.#text(describe(value))
    return this.#fields(names.map((name) => [name, fieldOf(value, name)] as const))
  }

  #fields(entries: readonly (readonly [name: string, value: unknown])[]): object {
    const record: Record<string, unknown> = {}
    let written = 0
    for (const [name, value] of entries) {
      if (this.#left <= 0) {
        record['…'] = `${entries.length - written} more fields`
        break
      }
      written++
      if (value === undefined) continue
      this.#left -= name.length
      define(record, name, this.plain(value, name))
    }
    return record
  }

  #text(text: string): string {
    const room = Math.max(this.#left, 0)
    this.#left -= text.length + 2
    if (text.length <= room) return text
    return `${text.slice(0, room)}… (${text.length - room} more characters)`
  }

  #counted<T>(value: T): T {
    this.#left -= 4
    return value
  }
}

/** What a getter throws is shown in its place. */
function fieldOf(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch (error) {
    return `(can't be read: ${problemOf(error)})`
  }
}

/** By definition and not by assignment: a field may be called `__proto__`. */
function define(record: object, name: string, value: unknown): void {
  const is = { value, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(record, name, is)
}
