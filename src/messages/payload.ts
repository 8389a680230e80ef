/**
 * The one walk over a payload: refuses by path what can't cross a thread unharmed, estimates its
 * bytes, and freezes it. What one agent does to a message must never show in another (D3), so
 * payloads are frozen where they are made and where they arrive; what can't be frozen (dates, maps,
 * sets, binary views) is marked `copied`, and each delivery gets a copy of its own.
 */
import { HeddleError } from '../errors.ts'

/** Deeper than this, a payload is refused; a cycle always is. */
const MAX_DEPTH = 200
/** From this many objects on, visited ones are remembered, so that shared parts are not walked again. */
const REMEMBER_FROM = 1_000

export interface Sealed {
  /** An estimate of the payload's size in bytes. */
  readonly bytes: number
  /** True when the payload holds what can't be frozen: every delivery needs its own copy. */
  readonly copied: boolean
}

/** Checks and freezes `payload`, in place. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE with the path of the offender. */
export function sealPayload(payload: unknown, message: string): Sealed {
  const seal = new Seal(message)
  seal.walk(payload, 0)
  return seal
}

/** Freezes what arrived from another thread: it was checked where it was made. */
export function freezeArrived(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (Object.isFrozen(value)) return // it never left this thread
  Object.freeze(value)
  if (Array.isArray(value)) for (const item of value) freezeArrived(item)
  else if (value.constructor === Object)
    for (const name in value) freezeArrived(Reflect.get(value, name))
}

const NO_PATH: never[] = []

class Seal implements Sealed {
  bytes = 0
  copied = false
  readonly #message: string
  /** The names that lead to where the walk is. Made when there is an object to walk into. */
  #path: (string | number)[] = NO_PATH
  #objects = 0
  #done: Set<object> | undefined

  constructor(message: string) {
    this.#message = message
  }

  walk(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.bytes += 4 + value.length
        return
      case 'number':
        this.bytes += 8
        return
      case 'boolean':
      case 'undefined':
        this.bytes += 1
        return
      case 'bigint':
        this.bytes += 16
        return
      case 'object':
        if (value === null) this.bytes += 1
        else this.#walkObject(value, depth)
        return
      default:
        this.#refuse(depth, `is a ${typeof value}; send data only`)
    }
  }

  #walkObject(value: object, depth: number): void {
    if (depth >= MAX_DEPTH) {
      this.#refuse(depth, `is nested deeper than ${MAX_DEPTH}, or is a cycle; send a tree`)
    }
    if (this.#done?.has(value)) return
    if (++this.#objects === 1) this.#path = []
    if (this.#objects >= REMEMBER_FROM) this.#done ??= new Set()
    this.bytes += 8
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) this.#walkRecord(value, depth)
    else if (Array.isArray(value)) this.#walkArray(value, depth)
    else this.#walkExotic(value, prototype, depth)
    this.#done?.add(value)
  }

  #walkRecord(value: object, depth: number): void {
    for (const name of Object.keys(value)) {
      this.#path[depth] = name
      this.bytes += name.length
      this.walk(this.#read(value, name, depth + 1), depth + 1)
    }
    Object.freeze(value)
  }

  #walkArray(value: unknown[], depth: number): void {
    for (let index = 0; index < value.length; index++) {
      this.#path[depth] = index
      const item = value[index]
      if (item === undefined && !(index in value)) {
        this.#refuse(depth + 1, 'is a hole in a sparse array; fill it, or send a record')
      }
      this.walk(item, depth + 1)
    }
    Object.freeze(value)
  }

  #walkExotic(value: object, prototype: unknown, depth: number): void {
    if (value instanceof Blob) {
      this.bytes += value.size // immutable, and crosses by reference
    } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      if (ArrayBuffer.isView(value) && !(value.buffer instanceof ArrayBuffer)) {
        this.#refuse(
          depth,
          'is a view of shared memory, which two agents could write at once; copy it',
        )
      }
      this.bytes += value.byteLength
      this.copied = true
    } else if (value instanceof Date) {
      this.bytes += 8
      this.copied = true
    } else if (value instanceof Map) {
      this.copied = true
      for (const [key, item] of value) {
        this.#path[depth] = String(key)
        this.walk(key, depth + 1)
        this.walk(item, depth + 1)
      }
    } else if (value instanceof Set) {
      this.copied = true
      for (const item of value) this.walk(item, depth + 1)
    } else if (Object.getPrototypeOf(prototype) === null) {
      this.#walkRecord(value, depth) // a plain object of another realm
    } else {
      this.#refuse(depth, `is a ${nameOf(value)}, whose class would be lost; send plain data`)
    }
  }

  #read(value: object, name: string, depth: number): unknown {
    try {
      return Reflect.get(value, name)
    } catch (error) {
      return this.#refuse(depth, `can't be read: ${String(error)}`)
    }
  }

  #refuse(depth: number, problem: string): never {
    const path = ['payload', ...this.#path.slice(0, depth)].join('.')
    throw new HeddleError('HEDDLE_PAYLOAD_NOT_CLONEABLE', { message: this.#message, path, problem })
  }
}

function nameOf(value: object): string {
  return value.constructor?.name || 'class instance'
}
