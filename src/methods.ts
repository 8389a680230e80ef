/**
 * Methods that are taken off their object: bound where an object lives long, refused where one is
 * made for each turn.
 */
import { HeddleError } from './errors.ts'

/**
 * Binds the methods of an object's class, once: `const { publish } = runtime` works as
 * `runtime.publish` does.
 */
export function bindMethods(object: object): void {
  const methods = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object))
  for (const [name, { value }] of Object.entries(methods)) {
    if (name === 'constructor' || typeof value !== 'function') continue
    const bound: unknown = value.bind(object)
    Object.defineProperty(object, name, { value: bound, writable: true, configurable: true })
  }
}

/** The error of a method that has lost its object. `call`: as it is to be called. */
export function detachedCall(call: string): HeddleError {
  return new HeddleError('HEDDLE_DETACHED_CALL', { call })
}
