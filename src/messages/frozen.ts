/**
 * Hands out sealed values: frozen on arrival, and copied as far as they can't be frozen (D3).
 */
import { types } from 'node:util'
import { copyBuffer, copyView, isBlob, isShared } from './bytes.ts'

/** Frozen values of this thread with parts that can't be frozen. */
const UNFREEZABLE_WITHIN = new WeakSet<object>()

/** Notes that `sealed` has parts that can't be frozen. */
export function noteUnfreezable(sealed: object): void {
  UNFREEZABLE_WITHIN.add(sealed)
}

/**
 * Freezes a value that arrived from another thread, except the parts that can't be frozen. It was
 * checked where it was made.
 */
export function freezeArrived(value: unknown): void {
  // it never left this thread
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  freezeWithin(value)
}

/**
 * Returns whether `value` has parts that can't be frozen, and notes it, so that a part can be
 * handed out alone.
 */
function freezeWithin(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Object.isFrozen(value)) return UNFREEZABLE_WITHIN.has(value)
  const isMixed = freezeByKind(value)
  if (isMixed) UNFREEZABLE_WITHIN.add(value)
  return isMixed
}

function freezeByKind(value: object): boolean {
  if (Array.isArray(value)) {
    Object.freeze(value)
    let isMixed = false
    for (const item of value) isMixed = freezeWithin(item) || isMixed
    return isMixed
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    Object.freeze(value)
    let isMixed = false
    for (const name in value) {
      const field: unknown = (value as Record<string, unknown>)[name]
      if (typeof field === 'object' && Object.hasOwn(value, name))
        isMixed = freezeWithin(field) || isMixed
    }
    return isMixed
  }
  if (types.isMap(value)) {
    for (const [key, item] of value) {
      freezeWithin(key)
      freezeWithin(item)
    }
  } else if (types.isSet(value)) for (const item of value) freezeWithin(item)
  return !isBlob(value)
}

/**
 * A sealed value for one receiver. Parts that can't be frozen are copied, so that no other receiver
 * sees changes to them; the rest is shared and frozen. It costs nothing for plain data that never
 * left this thread.
 */
export function handOut<T>(sealed: T): T {
  if (typeof sealed !== 'object' || sealed === null) return sealed
  freezeArrived(sealed)
  if (Object.isFrozen(sealed) && !UNFREEZABLE_WITHIN.has(sealed)) return sealed
  const copy = new HandingOut().copy(sealed) as T & object
  UNFREEZABLE_WITHIN.add(copy) // it may be handed on
  return copy
}

class HandingOut {
  readonly #done = new Map<object, unknown>()

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const known = this.#done.get(value)
    if (known !== undefined) return known
    this.#done.set(value, value) // a config may hold itself
    const copy = this.#copyByKind(value)
    this.#done.set(value, copy)
    return copy
  }

  #copyByKind(value: object): unknown {
    if (Array.isArray(value)) return this.#changed(value, () => [...value])
    if (ArrayBuffer.isView(value)) return isShared(value) ? value : copyView(value)
    if (types.isArrayBuffer(value)) return copyBuffer(value)
    if (types.isDate(value)) return new Date(value)
    if (types.isSet(value)) return new Set(Array.from(value, (item) => this.copy(item)))
    if (types.isMap(value)) {
      return new Map(Array.from(value, ([key, item]) => [this.copy(key), this.copy(item)]))
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value
    return this.#changed(value, () => ({ ...value }))
  }

  /** A list or a record with copies in it, or the value itself if nothing in it was copied. */
  #changed(value: object, shallow: () => object): object {
    let copy: object | undefined
    for (const name of Object.keys(value)) {
      const field: unknown = Reflect.get(value, name)
      const own = this.copy(field)
      if (own === field) continue
      copy ??= shallow()
      Object.defineProperty(copy, name, { value: own })
    }
    return copy === undefined ? value : Object.freeze(copy)
  }
}
