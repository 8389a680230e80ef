/**
 * The config of an agent: data that neither its caller nor one turn can change for another turn.
 */
import { types } from 'node:util'
import { isPlain } from '../describe.ts'
import { copyBuffer, copyView, isShared } from './bytes.ts'
import { noteUnfreezable } from './frozen.ts'

/**
 * A frozen copy of a config. Values that are not data stay as they are: on one thread they may be
 * clients or functions; a config that must cross to another thread is refused there
 * (HEDDLE_CONFIG_NOT_CLONEABLE).
 */
export function ownConfig(config: unknown): unknown {
  const copying = new Copying()
  const copy = copying.copy(config)
  if (copying.isMixed && typeof copy === 'object' && copy !== null) noteUnfreezable(copy)
  return copy
}

class Copying {
  /** Whether a part of it can't be frozen. */
  isMixed = false
  readonly #done = new Map<object, unknown>()

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return value
    const known = this.#done.get(value)
    if (known !== undefined) return known
    if (Array.isArray(value)) return this.#frozen(value, [])
    if (isPlain(value)) return this.#frozen(value, {})
    const copy = this.#unfreezable(value)
    if (copy === undefined) return value
    this.isMixed = true
    return copy
  }

  #frozen(value: object, copy: object): object {
    this.#done.set(value, copy)
    for (const name of Object.keys(value)) {
      const field = this.copy(Reflect.get(value, name))
      const is = { value: field, enumerable: true, configurable: true, writable: true }
      Object.defineProperty(copy, name, is)
    }
    return Object.freeze(copy)
  }

  #unfreezable(value: object): object | undefined {
    if (ArrayBuffer.isView(value)) return isShared(value) ? undefined : copyView(value)
    if (types.isArrayBuffer(value)) return copyBuffer(value)
    if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value))
    if (types.isSet(value)) {
      const copy = new Set<unknown>()
      this.#done.set(value, copy)
      for (const item of Set.prototype.values.call(value)) copy.add(this.copy(item))
      return copy
    }
    if (!types.isMap(value)) return undefined
    const copy = new Map<unknown, unknown>()
    this.#done.set(value, copy)
    for (const [key, item] of Map.prototype.entries.call(value)) {
      copy.set(this.copy(key), this.copy(item))
    }
    return copy
  }
}
