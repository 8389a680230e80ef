/**
 * The one walk over a payload: refuses, with its path, a value that can't cross a thread unharmed,
 * estimates the size in bytes, and makes the message's own frozen copy. What one agent does to a
 * message must never show in another (D3), and the object a message was made from stays the
 * caller's. A payload with parts that can't be frozen (dates, maps, sets, binary data) is marked
 * `copied`: each delivery gets its own copy of these parts.
 *
 * A value may come from another realm (a `vm` context, a test runner), so its kind is determined by
 * its internals and not by its class. Of binary data only the viewed bytes are copied; a `Buffer`,
 * or another subclass of a view, arrives as the plain view (`Uint8Array`) on every runtime. Of a
 * record only the own enumerable fields count. Fields under symbols are left out unseen, since
 * looking for them costs a fifth of the walk (measured).
 */
import { types } from 'node:util'
import { classOf, describe, isOfSubclass } from '../describe.ts'
import { HeddleError, problemOf } from '../errors.ts'
import { copyBuffer, copyView, isBlob, isShared } from './bytes.ts'
import { noteUnfreezable } from './frozen.ts'

/** A payload that is nested deeper is refused; so is every cycle. */
const MAX_DEPTH = 200
/**
 * From this many objects on, visited ones are remembered, so that shared parts are not walked
 * again.
 */
const REMEMBER_FROM = 1_000
/**
 * Beyond these, in characters and estimated bytes, a structured clone is faster than JSON
 * (measured).
 */
const MAX_TEXT_CHARS = 64
const MAX_TEXT_BYTES = 512

/**
 * `text`: small, and unchanged by JSON, which is the fastest way to another thread. `frozen`: plain
 * data, frozen. `copied`: parts of it can't be frozen, so every delivery needs its own copy.
 */
export type PayloadForm = 'text' | 'frozen' | 'copied'

export interface SealedPayload {
  /** The message's own copy, frozen. */
  readonly value: unknown
  /** An estimate of the payload's size in bytes. */
  readonly bytes: number
  readonly form: PayloadForm
}

/**
 * Checks `payload` and makes a frozen copy. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE with the path of
 * the offending value.
 */
export function sealPayload(payload: unknown, message: string): SealedPayload {
  const walk = new Walk()
  try {
    walk.value = walk.copy(payload, 0)
  } catch (error) {
    const { path, problem, cause } = offenderOf(error)
    const fields = { message, path: ['payload', ...path].join('.'), problem }
    throw new HeddleError('HEDDLE_PAYLOAD_NOT_CLONEABLE', fields, { cause })
  }
  const { value, form } = walk
  if (form === 'copied') noteUnfreezable(value as object)
  return walk
}

const hasOwn = Object.prototype.hasOwnProperty

/**
 * A value that can't be sent. On its way out of the walk it collects the names on the path to it.
 */
class Offender extends Error {
  readonly path: (string | number)[] = []
  readonly problem: string

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options)
    this.problem = problem
  }
}

function offenderOf(error: unknown): Offender {
  if (!types.isProxy(error) && error instanceof Offender) return error
  return new Offender(`can't be read: ${problemOf(error)}`, { cause: error })
}

/** The same offender, with the name of the enclosing field added to its path. */
function under(name: string | number, error: unknown): Offender {
  const offender = offenderOf(error)
  offender.path.unshift(name)
  return offender
}

class Walk implements SealedPayload {
  value: unknown
  bytes = 0
  #form: PayloadForm = 'text'
  #objects = 0
  #done: Map<object, object> | undefined

  get form(): PayloadForm {
    return this.#form === 'text' && this.bytes > MAX_TEXT_BYTES ? 'frozen' : this.#form
  }

  /** Returns a frozen copy; parts that can't be frozen are copied and left unfrozen. */
  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.bytes += 4 + value.length
        if (value.length > MAX_TEXT_CHARS) this.#noText()
        return value
      case 'number':
        this.bytes += 8
        if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#noText()
        return value
      case 'boolean':
        this.bytes += 1
        return value
      case 'undefined':
        this.bytes += 1
        this.#noText()
        return value
      case 'bigint':
        this.bytes += 16
        this.#noText()
        return value
      case 'object':
        if (value !== null) return this.#copyObject(value, depth)
        this.bytes += 1
        return value
      default:
        throw new Offender(`is a ${typeof value}; send data only`)
    }
  }

  #noText(): void {
    if (this.#form === 'text') this.#form = 'frozen'
  }

  #copyObject(value: object, depth: number): object {
    if (depth >= MAX_DEPTH) {
      throw new Offender(`is nested deeper than ${MAX_DEPTH}, or is a cycle; send a tree`)
    }
    const known = this.#done?.get(value)
    if (known !== undefined) return known
    if (++this.#objects >= REMEMBER_FROM) this.#done ??= new Map()
    this.bytes += 8
    const copy = this.#copyByKind(value, depth)
    this.#done?.set(value, copy)
    return copy
  }

  #copyByKind(value: object, depth: number): object {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#copyRecord(value, depth)
    if (Array.isArray(value)) return this.#copyArray(value, depth)
    // of another realm
    if (Object.getPrototypeOf(prototype) === null) return this.#copyRecord(value, depth)
    const copy = this.#copyUnfreezable(value, depth)
    if (copy !== undefined) {
      this.#form = 'copied'
      return copy
    }
    if (!isBlob(value)) {
      throw new Offender(`is ${kindOf(value)}, whose class would be lost; send plain data`)
    }
    this.bytes += value.size // immutable, and crosses by reference
    this.#noText()
    return value
  }

  /** Reads each field once: the value of a getter is the one that it returned then. */
  #copyRecord(value: object, depth: number): object {
    const copy: Record<string, unknown> = {}
    let name = ''
    try {
      for (name in value) {
        if (!hasOwn.call(value, name)) continue // a library has put it on the prototype of all
        this.bytes += name.length
        const field = this.copy((value as Record<string, unknown>)[name], depth + 1)
        if (name === '__proto__')
          Object.defineProperty(copy, name, { value: field, enumerable: true })
        else copy[name] = field
      }
    } catch (error) {
      throw under(name, error)
    }
    return Object.freeze(copy)
  }

  #copyArray(value: unknown[], depth: number): object {
    const copy: unknown[] = []
    let index = 0
    try {
      for (; index < value.length; index++) {
        const item = value[index]
        if (item === undefined && !(index in value)) {
          throw new Offender('is a hole in a sparse array; fill it, or send a record')
        }
        copy.push(this.copy(item, depth + 1))
      }
    } catch (error) {
      throw under(index, error)
    }
    if (Object.keys(value).length !== value.length) {
      throw new Offender('is a list with named fields; send a record')
    }
    return Object.freeze(copy)
  }

  /** A copy of a value that can be cloned but not frozen; undefined for any other value. */
  #copyUnfreezable(value: object, depth: number): object | undefined {
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return this.#copyBinary(value)
    if (isOfSubclass(value)) return undefined
    const kind = plainKindOf(value)
    if (kind !== undefined && Reflect.ownKeys(value).length > 0) {
      throw new Offender(`is a ${kind} with named fields; send a record`)
    }
    if (types.isDate(value)) {
      this.bytes += 8
      return new Date(Date.prototype.getTime.call(value))
    }
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>()
      for (const [key, item] of Map.prototype.entries.call(value)) {
        this.#copyEntry(copy, key, item, depth)
      }
      return copy
    }
    if (!types.isSet(value)) return undefined
    const copy = new Set<unknown>()
    for (const item of Set.prototype.values.call(value)) copy.add(this.copy(item, depth + 1))
    return copy
  }

  #copyBinary(value: ArrayBufferView | ArrayBufferLike): object {
    if (isShared(value)) {
      const what = ArrayBuffer.isView(value) ? 'a view of shared memory' : 'a SharedArrayBuffer'
      throw new Offender(`is ${what}, which two agents could write at once; copy it`)
    }
    const isView = ArrayBuffer.isView(value)
    const buffer = (isView ? value.buffer : value) as ArrayBuffer
    if ('detached' in buffer && buffer.detached) {
      throw new Offender(
        'is a buffer that was transferred; send it before the transfer, or send a copy',
      )
    }
    this.bytes += value.byteLength
    return isView ? copyView(value) : copyBuffer(buffer)
  }

  #copyEntry(copy: Map<unknown, unknown>, key: unknown, item: unknown, depth: number): void {
    try {
      const ownKey = this.copy(key, depth + 1)
      copy.set(ownKey, this.copy(item, depth + 1))
    } catch (error) {
      throw under(typeof key === 'string' ? key : describe(key), error)
    }
  }
}

function plainKindOf(value: object): 'date' | 'map' | 'set' | undefined {
  if (types.isDate(value)) return 'date'
  if (types.isMap(value)) return 'map'
  return types.isSet(value) ? 'set' : undefined
}

function kindOf(value: object): string {
  if (types.isProxy(value)) return 'a proxy of an instance'
  return `a ${classOf(value) || 'class instance'}`
}
