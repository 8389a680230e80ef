import { readFrom } from '../describe.ts'
import { describe, HeddleError } from '../errors.ts'
import { namesOf, readOptions } from '../option-check.ts'
import { problemOfFunction } from './given-functions.ts'

/** The argument of a resource's `setup`. */
export interface ResourceContext {
  /** Aborts when the lane stops before the setup is done. */
  readonly signal: AbortSignal
  /** The lane's number; -1 on the main thread of a runtime with lanes. */
  readonly lane: number
}

/**
 * An object that the agents of a lane share: a database handle, a model client. It is set up once
 * per lane, when first needed.
 */
export interface Resource<T> {
  readonly kind: 'resource'
  readonly name: string
  /** Makes the resource, once per lane. */
  readonly setup: (context: ResourceContext) => T | Promise<T>
  /** Declared as a method, so that a `Resource<Database>` is a `Resource<unknown>`. */
  dispose?(resource: T): void | Promise<void>
}

/**
 * Defines a resource. Agents name it in `uses`; all agents of a lane get the same object. It is
 * disposed when its lane stops: by `dispose`, or by its own `Symbol.asyncDispose` or
 * `Symbol.dispose`. The report of `stop` lists failures. Throws HEDDLE_INVALID_AGENT.
 */
export function defineResource<T>(resource: {
  name: string
  setup: (context: ResourceContext) => T | Promise<T>
  dispose?: (resource: Awaited<T>) => void | Promise<void>
}): Resource<Awaited<T>> {
  const refuse = (problem: string) => {
    const agent = describe(readFrom(Object(resource), 'name'))
    return new HeddleError('HEDDLE_INVALID_AGENT', { agent, problem: `${WANTED}: ${problem}` })
  }
  const { name, setup, dispose } = readOptions(resource, NAMES, refuse)
  const wrong = problemOfFunction(setup)
  if (wrong !== undefined) throw refuse(`its setup is ${wrong}`)
  if (typeof name !== 'string') throw refuse('it needs a name')
  const odd = dispose === undefined ? undefined : problemOfFunction(dispose)
  if (odd !== undefined) throw refuse(`its dispose is ${odd}`)
  return Object.freeze({ kind: 'resource', name, setup, dispose }) as Resource<Awaited<T>>
}

const NAMES = namesOf<Parameters<typeof defineResource<unknown>>[0]>({
  name: true,
  setup: true,
  dispose: true,
})

const WANTED = 'a resource is defined by { name, setup, dispose }'

/** Whether `value` can be used as a resource: a copy by way of JSON has lost its functions. */
export function isResource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return readFrom(value, 'kind') === 'resource' && typeof readFrom(value, 'setup') === 'function'
}

/** Disposes the result of a setup. */
export async function disposeOf<T>(
  made: T,
  dispose: ((made: T) => void | Promise<void>) | undefined,
): Promise<void> {
  if (dispose !== undefined) return void (await dispose(made))
  if (typeof made !== 'object' || made === null) return
  const own = Reflect.get(made, Symbol.asyncDispose) ?? Reflect.get(made, Symbol.dispose)
  if (typeof own === 'function') await own.call(made)
}
