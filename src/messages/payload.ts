/**
 * The one walk over a payload: refuses by path what can't cross a thread unharmed, estimates its
 * bytes, and makes the message's own, frozen copy. What one agent does to a message must never show in
 * another (D3), and what somebody made a message of stays his own. What can't be frozen (dates, maps,
 * sets, binary views) is marked `copied`: each delivery gets a copy of its own.
 */
import { types } from 'node:util'
import { describe, HeddleError } from '../errors.ts'

/** Deeper than this, a payload is refused; a cycle always is. */
const MAX_DEPTH = 200
/** From this many objects on, visited ones are remembered, so that shared parts are not walked again. */
const REMEMBER_FROM = 1_000

export interface Sealed {
  /** The message's own copy, frozen. */
  readonly value: unknown
  /** An estimate of the payload's size in bytes. */
  readonly bytes: number
  /** True when the payload holds what can't be frozen: every delivery needs its own copy. */
  readonly copied: boolean
}

/** Checks `payload`, and makes a frozen copy. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE with the path of the offender. */
export function sealPayload(payload: unknown, message: string): Sealed {
  const seal = new Seal(message)
  seal.value = seal.walk(payload, 0)
  return seal
}

/** Freezes what arrived from another thread: it was checked where it was made. */
export function freezeArrived(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (Object.isFrozen(value)) return // it never left this thread
  Object.freeze(value)
  if (Array.isArray(value)) for (const item of value) freezeArrived(item)
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const name of Object.keys(value)) freezeArrived(Reflect.get(value, name))
  }
}

const NO_PATH: never[] = []

class Seal implements Sealed {
  value: unknown
  bytes = 0
  copied = false
  readonly #message: string
  /** The names that lead to where the walk is. Made when there is an object to walk into. */
  #path: (string | number)[] = NO_PATH
  #objects = 0
  #done: Map<object, object> | undefined

  constructor(message: string) {
    this.#message = message
  }

  /** Returns a frozen copy; what can't be frozen is copied and left as it is. */
  walk(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.bytes += 4 + value.length
        return value
      case 'number':
        this.bytes += 8
        return value
      case 'boolean':
      case 'undefined':
        this.bytes += 1
        return value
      case 'bigint':
        this.bytes += 16
        return value
      case 'object':
        if (value !== null) return this.#walkObject(value, depth)
        this.bytes += 1
        return value
      default:
        return this.#refuse(depth, `is a ${typeof value}; send data only`)
    }
  }

  #walkObject(value: object, depth: number): object {
    if (depth >= MAX_DEPTH) {
      this.#refuse(depth, `is nested deeper than ${MAX_DEPTH}, or is a cycle; send a tree`)
    }
    const known = this.#done?.get(value)
    if (known !== undefined) return known
    if (++this.#objects === 1) this.#path = []
    if (this.#objects >= REMEMBER_FROM) this.#done ??= new Map()
    this.bytes += 8
    if (types.isProxy(value)) this.#refuse(depth, 'is a proxy; send what it stands for')
    const copy = this.#copy(value, depth)
    this.#done?.set(value, copy)
    return copy
  }

  #copy(value: object, depth: number): object {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#walkRecord(value, depth)
    if (Array.isArray(value)) return this.#walkArray(value, depth)
    if (value instanceof Blob) {
      this.bytes += value.size // immutable, and crosses by reference
      return value
    }
    if (Object.getPrototypeOf(prototype) === null) return this.#walkRecord(value, depth) // of another realm
    this.#walkExotic(value, depth)
    this.copied = true
    return structuredClone(value)
  }

  #walkRecord(value: object, depth: number): object {
    const copy: Record<string, unknown> = {}
    for (const name of Object.keys(value)) {
      this.#path[depth] = name
      this.bytes += name.length
      const field = this.walk(this.#read(value, name, depth + 1), depth + 1)
      if (name === '__proto__')
        Object.defineProperty(copy, name, { value: field, enumerable: true })
      else copy[name] = field
    }
    return Object.freeze(copy)
  }

  #walkArray(value: unknown[], depth: number): object {
    const copy: unknown[] = []
    for (let index = 0; index < value.length; index++) {
      this.#path[depth] = index
      const item = value[index]
      if (item === undefined && !(index in value)) {
        this.#refuse(depth + 1, 'is a hole in a sparse array; fill it, or send a record')
      }
      copy.push(this.walk(item, depth + 1))
    }
    if (Object.keys(value).length !== value.length) {
      this.#refuse(depth, 'is a list with named fields; send a record')
    }
    return Object.freeze(copy)
  }

  /** What can be cloned and not be frozen. */
  #walkExotic(value: object, depth: number): void {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      const buffer = ArrayBuffer.isView(value) ? value.buffer : value
      if (!(buffer instanceof ArrayBuffer)) {
        const problem = 'is a view of shared memory, which two agents could write at once; copy it'
        this.#refuse(depth, problem)
      }
      if ('detached' in buffer && buffer.detached) {
        this.#refuse(depth, 'is a buffer that was handed away; send it before, or a copy')
      }
      this.bytes += value.byteLength
    } else if (value instanceof Date) this.bytes += 8
    else if (value instanceof Map) {
      for (const [key, item] of value) {
        this.#path[depth] = typeof key === 'string' ? key : describe(key)
        this.walk(key, depth + 1)
        this.walk(item, depth + 1)
      }
    } else if (value instanceof Set) {
      for (const item of value) this.walk(item, depth + 1)
    } else {
      this.#refuse(depth, `is a ${nameOf(value)}, whose class would be lost; send plain data`)
    }
  }

  #read(value: object, name: string, depth: number): unknown {
    const field = Object.getOwnPropertyDescriptor(value, name)
    if (field === undefined || field.get !== undefined || field.set !== undefined) {
      this.#refuse(depth, 'is computed when it is read, and may change; send its value')
    }
    return field.value
  }

  #refuse(depth: number, problem: string): never {
    const path = ['payload', ...this.#path.slice(0, depth)].join('.')
    throw new HeddleError('HEDDLE_PAYLOAD_NOT_CLONEABLE', { message: this.#message, path, problem })
  }
}

function nameOf(value: object): string {
  return value.constructor?.name || 'class instance'
}
