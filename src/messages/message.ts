import { describe, HeddleError } from '../errors.ts'
import { isTopicType } from '../ids/topic-id.ts'
import { type PayloadForm, type Sealed, sealPayload } from './payload.ts'
import { checkSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.ts'

/** A payload as handlers see it: frozen, all the way down. */
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

/** A published event. Made by calling its type, which checks the payload and makes a frozen copy of it. */
export interface Message<Name extends string = string, Payload = unknown> {
  readonly kind: 'message'
  readonly name: Name
  readonly payload: DeepReadonly<Payload>
}

/** A question to one agent. Made by calling its type; `Reply` is what `send` resolves to. */
export interface Request<Name extends string = string, Payload = unknown, Reply = unknown> {
  readonly kind: 'request'
  readonly name: Name
  readonly payload: DeepReadonly<Payload>
  /** For the compiler alone: never set. */
  readonly '~reply'?: Reply
}

/** What `defineMessage` returns. Called with a payload, it makes a message; handlers name it by `on`. */
export interface MessageType<Name extends string = string, Payload = unknown, Input = Payload> {
  /** Throws HEDDLE_INVALID_PAYLOAD, HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_ASYNC_SCHEMA. Copies the payload, frozen. */
  (...payload: Parameter<Input>): Message<Name, Payload>
  readonly kind: 'message'
  readonly name: Name
  /** For the compiler alone: never set. */
  readonly '~payload'?: Payload
}

/** What `defineRequest` returns. Called with a payload, it makes a request; handlers name it by `on`, and return the reply. */
export interface RequestType<
  Name extends string = string,
  Payload = unknown,
  Reply = unknown,
  Input = Payload,
> {
  /** Throws HEDDLE_INVALID_PAYLOAD, HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_ASYNC_SCHEMA. Copies the payload, frozen. */
  (...payload: Parameter<Input>): Request<Name, Payload, Reply>
  readonly kind: 'request'
  readonly name: Name
  readonly reply: Schema | undefined
  /** For the compiler alone: never set. */
  readonly '~payload'?: Payload
  readonly '~reply'?: Reply
}

type Parameter<Input> = undefined extends Input ? [payload?: Input] : [payload: Input]

/** A message or request with what the runtime knows of its payload. Only types make them, so an instance is proof of a check. */
export class Made {
  readonly kind: 'message' | 'request'
  readonly name: string
  readonly payload: unknown
  /** An estimate of the payload's size. */
  readonly bytes: number
  readonly form: PayloadForm

  constructor(kind: Made['kind'], name: string, { value, bytes, form }: Sealed) {
    this.kind = kind
    this.name = name
    this.payload = value
    this.bytes = bytes
    this.form = form
  }
}

/**
 * Defines a message. `name` (letters, digits and `_ - . : =`) is also its default topic type.
 * Without a schema the message has no payload. Throws HEDDLE_INVALID_ID.
 */
export function defineMessage<const Name extends string>(name: Name): MessageType<Name, undefined>
export function defineMessage<const Name extends string, S extends Schema>(
  name: Name,
  schema: S,
): MessageType<Name, SchemaOutput<S>, SchemaInput<S>>
export function defineMessage(name: string, schema?: Schema): object {
  checkName(name)
  const make = (payload?: unknown) => seal('message', name, checkPayload(name, schema, payload))
  return nameType(make, name, { kind: 'message' })
}

/**
 * Defines a request: its payload, and the reply that `send` resolves to. Both checked where they are made.
 * Throws HEDDLE_INVALID_ID.
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
  const make = (payload?: unknown) =>
    seal('request', name, checkPayload(name, schemas.payload, payload))
  return nameType(make, name, { kind: 'request', reply: schemas.reply })
}

/** The envelope's part of a message or request that was made by its type. Throws HEDDLE_NOT_A_MESSAGE. */
export function asMade(value: unknown, wanted: 'message' | 'request'): Made {
  if (value instanceof Made && value.kind === wanted) return value
  const got = value instanceof Made ? `the ${value.kind} '${value.name}'` : describe(value)
  throw new HeddleError('HEDDLE_NOT_A_MESSAGE', { got, wanted })
}

/** Checks a value against a schema, as the payload or reply of `name`. */
export function checkPayload(name: string, schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined) {
    if (value === undefined) return undefined
    const issues = [`it takes no payload, and got ${describe(value)}`]
    throw new HeddleError('HEDDLE_INVALID_PAYLOAD', { message: name, issues })
  }
  const checked = checkSchema(schema, value)
  switch (checked.kind) {
    case 'valid':
      return checked.value
    case 'invalid':
      throw new HeddleError('HEDDLE_INVALID_PAYLOAD', { message: name, issues: checked.issues })
    case 'asynchronous':
      throw new HeddleError('HEDDLE_ASYNC_SCHEMA', { what: `'${name}'` })
  }
}

function seal(kind: Made['kind'], name: string, payload: unknown): Made {
  return new Made(kind, name, sealPayload(payload, name))
}

function checkName(name: unknown): void {
  if (isTopicType(name)) return
  throw new HeddleError('HEDDLE_INVALID_ID', {
    what: 'message name',
    value: describe(name),
    rule: 'letters, digits and _ - . : =',
  })
}

function nameType<T extends object>(make: T, name: string, members: object): T {
  Object.defineProperty(make, 'name', { value: name })
  return Object.freeze(Object.assign(make, members))
}
