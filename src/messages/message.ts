import { describe, HeddleError } from '../errors.ts'
import { isTopicType } from '../ids/topic-id.ts'
import { holdsByName, namesOf, strangerIn } from '../option-names.ts'
import { handOut } from './frozen.ts'
import { type PayloadForm, type SealedPayload, sealPayload } from './payload.ts'
import {
  checkSchema,
  isSchema,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
} from './schema.ts'

/** A payload as handlers see it: deeply frozen. */
export type DeepReadonly<T> = T extends
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Blob
  | Date
  | ArrayBuffer
  | ArrayBufferView
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
    : T extends ReadonlySet<infer V>
      ? ReadonlySet<DeepReadonly<V>>
      : T extends object
        ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
        : T

/**
 * A published event. It is made by calling its type, which checks the payload and makes a frozen
 * copy.
 */
export interface Message<Name extends string = string, Payload = unknown> {
  readonly kind: 'message'
  readonly name: Name
  readonly payload: DeepReadonly<Payload>
}

/** A question to one agent. It is made by calling its type; `send` resolves to its `Reply`. */
export interface Request<Name extends string = string, Payload = unknown, Reply = unknown> {
  readonly kind: 'request'
  readonly name: Name
  readonly payload: DeepReadonly<Payload>
  /** For the compiler alone: never set. */
  readonly '~reply'?: Reply
}

/**
 * The result of `defineMessage`. Called with a payload, it makes a message; `on` binds it to a
 * handler.
 */
export interface MessageType<Name extends string = string, Payload = unknown, Input = Payload> {
  /**
   * Makes a frozen copy of the payload. Throws HEDDLE_INVALID_PAYLOAD,
   * HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_ASYNC_SCHEMA.
   */
  (...payload: Parameter<Input>): Message<Name, Payload>
  readonly kind: 'message'
  readonly name: Name
  /** For the compiler alone: never set. */
  readonly '~payload'?: Payload
}

/**
 * The result of `defineRequest`. Called with a payload, it makes a request; `on` binds it to a
 * handler, which returns the reply.
 */
export interface RequestType<
  Name extends string = string,
  Payload = unknown,
  Reply = unknown,
  Input = Payload,
> {
  /**
   * Makes a frozen copy of the payload. Throws HEDDLE_INVALID_PAYLOAD,
   * HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_ASYNC_SCHEMA.
   */
  (...payload: Parameter<Input>): Request<Name, Payload, Reply>
  readonly kind: 'request'
  readonly name: Name
  readonly reply: Schema | undefined
  /** For the compiler alone: never set. */
  readonly '~payload'?: Payload
  readonly '~reply'?: Reply
}

type Parameter<Input> = undefined extends Input ? [payload?: Input] : [payload: Input]

/**
 * The schemas that check a message's payload and a request's reply; undefined: there is no
 * schema.
 */
export interface Schemas {
  readonly payload: Schema | undefined
  readonly reply: Schema | undefined
}

const UNKNOWN: Schemas = Object.freeze({ payload: undefined, reply: undefined })
const SCHEMAS = new WeakMap<object, Schemas>()

/** The schemas of a message or request type. */
export function schemasOf(type: object): Schemas {
  return SCHEMAS.get(type) ?? UNKNOWN
}

/**
 * A message or request with the runtime's facts about its payload. Only types make envelopes, so an
 * instance proves that its payload was checked.
 */
export class Envelope {
  readonly kind: 'message' | 'request'
  readonly name: string
  /**
   * The payload for the holder of the message; parts that can't be frozen are the holder's own
   * copy.
   */
  declare readonly payload: unknown
  /** An estimate of the payload's size. */
  readonly bytes: number
  readonly form: PayloadForm
  readonly #sealed: unknown
  readonly #schemas: Schemas

  constructor(
    kind: Envelope['kind'],
    name: string,
    { value, bytes, form }: SealedPayload,
    schemas: Schemas = UNKNOWN,
  ) {
    this.kind = kind
    this.name = name
    this.bytes = bytes
    this.form = form
    this.#sealed = value
    this.#schemas = schemas
    if (form === 'copied') showCopy(this, value)
    else (this as { payload: unknown }).payload = value
    Object.freeze(this)
  }

  /** Checked by a private field: an object whose prototype is an instance does not pass. */
  static isEnvelope(value: unknown): value is Envelope {
    return typeof value === 'object' && value !== null && #sealed in value
  }

  /**
   * The payload as it was checked, for the runtime alone: it passes to others through `handOut`.
   */
  get sealed(): unknown {
    return this.#sealed
  }

  /**
   * The schemas that checked its payload and will check its reply; both undefined on a thread other
   * than the one that made it.
   */
  get schemas(): Schemas {
    return this.#schemas
  }
}

/** The copy is made when `payload` is first read: most messages are made, sent and never read. */
function showCopy(made: Envelope, sealed: unknown): void {
  let copy: unknown
  const get = () => {
    copy ??= handOut(sealed)
    return copy
  }
  Object.defineProperty(made, 'payload', { enumerable: true, get })
}

/** Whether a type made the value. It is not read, since it may be a revoked proxy. */
export const isMade = Envelope.isEnvelope

/**
 * Defines a message. `name` (letters, digits and `_ - . : =`) is also its default topic type.
 * Without a schema the message has no payload. Throws HEDDLE_INVALID_ID, HEDDLE_INVALID_MESSAGE.
 */
export function defineMessage<const Name extends string>(name: Name): MessageType<Name, undefined>
export function defineMessage<const Name extends string, S extends Schema>(
  name: Name,
  schema: S,
): MessageType<Name, SchemaOutput<S>, SchemaInput<S>>
export function defineMessage(name: string, schema?: Schema): object {
  checkName(name)
  assertSchema(name, 'schema', schema)
  return makeType('message', name, { payload: schema, reply: undefined }, { kind: 'message' })
}

const REQUEST_NAMES = namesOf<{ payload?: Schema; reply?: Schema }>({ payload: true, reply: true })

/**
 * Defines a request: its payload, and the reply that `send` resolves to. Each is checked where it
 * is made. Throws HEDDLE_INVALID_ID, HEDDLE_INVALID_MESSAGE.
 */
export function defineRequest<const Name extends string, P extends Schema, R extends Schema>(
  name: Name,
  schemas: { payload: P; reply: R },
): RequestType<Name, SchemaOutput<P>, SchemaOutput<R>, SchemaInput<P>>
export function defineRequest<const Name extends string, R extends Schema>(
  name: Name,
  schemas: { reply: R },
): RequestType<Name, undefined, SchemaOutput<R>>
export function defineRequest<const Name extends string, P extends Schema>(
  name: Name,
  schemas: { payload: P },
): RequestType<Name, SchemaOutput<P>, undefined, SchemaInput<P>>
export function defineRequest(name: string, schemas: { payload?: Schema; reply?: Schema }): object {
  checkName(name)
  const wanted = 'a request takes { payload, reply }, with a schema for one or both'
  if (isSchema(schemas)) {
    throw notWellDefined(name, `it was given a schema instead of its options: ${wanted}`)
  }
  if (!holdsByName(schemas)) throw notWellDefined(name, wanted)
  const stranger = strangerIn(schemas, REQUEST_NAMES)
  if (stranger !== undefined) {
    throw notWellDefined(name, `there is no option '${stranger}': ${wanted}`)
  }
  const { payload: schema, reply } = schemas
  if (schema === undefined && reply === undefined) throw notWellDefined(name, wanted)
  assertSchema(name, 'payload', schema)
  assertSchema(name, 'reply', reply)
  return makeType('request', name, { payload: schema, reply }, { kind: 'request', reply })
}

/**
 * The envelope of a message or request that was made by its type. Throws
 * HEDDLE_NOT_A_MESSAGE.
 */
export function asEnvelope(value: unknown, wanted: 'message' | 'request'): Envelope {
  if (isMade(value) && value.kind === wanted) return value
  const got = isMade(value) ? `the ${value.kind} '${value.name}'` : describe(value)
  throw new HeddleError('HEDDLE_NOT_A_MESSAGE', { got, wanted })
}

/** Checks a value against a schema, as the payload or reply of `name`. */
export function checkPayload(name: string, schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined) {
    if (value === undefined) return undefined
    const issues = [`it takes no payload, but got ${describe(value)}`]
    throw new HeddleError('HEDDLE_INVALID_PAYLOAD', { message: name, issues })
  }
  const checked = checkSchema(schema, value)
  switch (checked.kind) {
    case 'valid':
      return checked.value
    case 'invalid':
      throw new HeddleError(
        'HEDDLE_INVALID_PAYLOAD',
        { message: name, issues: checked.issues },
        checked.cause === undefined ? {} : { cause: checked.cause },
      )
    case 'asynchronous':
      throw new HeddleError('HEDDLE_ASYNC_SCHEMA', { what: `'${name}'` })
  }
}

function assertSchema(name: string, what: string, schema: unknown): void {
  if (schema === undefined || isSchema(schema)) return
  const isWrapped = holdsByName(schema) && Object.values(schema).some(isSchema)
  const mend = isWrapped ? '; pass the schema itself' : ''
  throw notWellDefined(name, `its ${what} is ${describe(schema)}, not a Standard Schema${mend}`)
}

function notWellDefined(message: string, problem: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_MESSAGE', { message, problem })
}

function checkName(name: unknown): void {
  if (isTopicType(name)) return
  throw new HeddleError('HEDDLE_INVALID_ID', {
    what: 'message name',
    value: describe(name),
    rule: 'letters, digits and _ - . : =',
  })
}

function makeType(kind: Envelope['kind'], name: string, schemas: Schemas, members: object): object {
  const make = (payload?: unknown) => {
    return new Envelope(
      kind,
      name,
      sealPayload(checkPayload(name, schemas.payload, payload), name),
      schemas,
    )
  }
  Object.defineProperty(make, 'name', { value: name })
  SCHEMAS.set(make, schemas)
  return Object.freeze(Object.assign(make, members))
}
