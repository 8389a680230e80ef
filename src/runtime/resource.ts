import { describe, HeddleError } from '../errors.ts'

/** What the setup of a resource is given. */
export interface ResourceContext {
  /** Aborts when the lane stops before the setup is done. */
  readonly signal: AbortSignal
  /** The lane's number; -1 for the main thread beside lanes. */
  readonly lane: number
}

/** One thing that agents of a lane share: a database handle, a model client. Set up once a lane, on first need. */
export interface Resource<T> {
  readonly kind: 'resource'
  readonly name: string
  /** Makes it, once a lane. */
  readonly setup: (context: ResourceContext) => T | Promise<T>
  /** A method, so that a `Resource<Database>` is a `Resource<unknown>`. */
  dispose?(resource: T): void | Promise<void>
}

/**
 * Defines a resource. Agents name it in `uses`; in one lane all of them get the same one. It is disposed
 * when its lane stops: by `dispose`, or by its own `Symbol.asyncDispose` or `Symbol.dispose`. What fails
 * is in the report of `stop`. Throws HEDDLE_INVALID_AGENT.
 */
export function defineResource<T>(resource: {
  name: string
  setup: (context: ResourceContext) => T | Promise<T>
  dispose?: (resource: Awaited<T>) => void | Promise<void>
}): Resource<Awaited<T>> {
  const problem = problemOfResource(resource)
  if (problem !== undefined) {
    throw new HeddleError('HEDDLE_INVALID_AGENT', { agent: describe(resource?.name), problem })
  }
  const { name, setup, dispose } = resource
  return Object.freeze({ kind: 'resource', name, setup, dispose }) as Resource<Awaited<T>>
}

function problemOfResource(resource: {
  readonly name?: unknown
  readonly setup?: unknown
  readonly dispose?: unknown
}): string | undefined {
  if (typeof resource?.setup !== 'function') return 'a resource needs a setup function'
  if (typeof resource.name !== 'string') return 'a resource needs a name'
  if (resource.dispose === undefined || typeof resource.dispose === 'function') return undefined
  return 'the dispose of a resource is a function'
}

/** Ends what a setup made. */
export async function disposeOf<T>(
  made: T,
  dispose: ((made: T) => void | Promise<void>) | undefined,
): Promise<void> {
  if (dispose !== undefined) return void (await dispose(made))
  if (typeof made !== 'object' || made === null) return
  const own = Reflect.get(made, Symbol.asyncDispose) ?? Reflect.get(made, Symbol.dispose)
  if (typeof own === 'function') await own.call(made)
}
