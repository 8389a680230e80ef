/** Messages whose content fits a schema. */
import { HeddleError } from '../../errors.ts'
import { checkWith, type JsonSchema, jsonSchemaOf } from '../../messages/json-schema.ts'
import type { DeepReadonly } from '../../messages/message.ts'
import { plainCopy } from '../../messages/plain.ts'
import type { Schema, SchemaInput, SchemaOutput } from '../../messages/schema.ts'
import { invalidOption } from '../../option-check.ts'
import { ELSEWHERE } from '../../option-rules.ts'
import type { ChatMessage, ChatMessageOf } from './chat-message.ts'
import { checkOptions } from './options.ts'
import { refuseChat } from './refusal.ts'

/**
 * A kind of structured message: a name, and the schema of its content. A message keeps the content
 * as JSON, the schema's input, so it is the same on every thread and in a file; `read` gives the
 * schema's output, with its transforms, defaults and dates.
 */
export interface StructuredType<Output, Input = Output> {
  readonly format: string
  readonly schema: Schema<Input, Output>
  /** The schema's input side for models. Undefined: the schema can't say, and none was given. */
  readonly jsonSchema: JsonSchema | undefined
  /**
   * Whether a message is of this kind; its content is then typed, as frozen JSON. Throws
   * HEDDLE_INVALID_OPTION for a value that is not a message.
   */
  is(
    message: ChatMessage,
  ): message is ChatMessageOf<'structured'> & { readonly content: DeepReadonly<Input> }
  /**
   * The content as the schema's output; undefined for a message of another kind. Throws
   * HEDDLE_INVALID_OPTION for a value that is not a message, and HEDDLE_INVALID_PAYLOAD for a
   * message whose content does not fit; neither `make` nor an assistant makes such a message.
   */
  read(message: ChatMessage): Output | undefined
  /**
   * Makes a message from the schema's input, which is JSON. Throws HEDDLE_INVALID_PAYLOAD when the
   * content does not fit or JSON can't carry it, and HEDDLE_INVALID_OPTION without an `id` and a
   * `source`.
   */
  make(
    content: DeepReadonly<Input>,
    from: { readonly id: string; readonly source: string },
  ): ChatMessageOf<'structured'> & { readonly content: DeepReadonly<Input> }
}

/** The options of `defineStructured`. */
export interface StructuredOptions {
  /** For a schema that can't describe itself, and in place of its own description. */
  readonly jsonSchema?: JsonSchema
}

/** The result of a check: the content as it is kept, or why it is refused. */
export type Fitting =
  | { readonly kind: 'fits'; readonly content: unknown }
  | { readonly kind: 'refused'; readonly problem: string }

/**
 * Defines a structured message type. `format`: its name, unique in a team, which `defineTeam`
 * checks. Throws HEDDLE_INVALID_CHAT_AGENT when `schema` is not a schema, or takes what JSON does
 * not carry, as `z.date()` does; HEDDLE_ASYNC_SCHEMA where the schema's definition shows that it is
 * asynchronous. Where that shows only in a check, `make`, `read` and the assistant's turn throw it.
 */
export function defineStructured<S extends Schema>(
  format: string,
  schema: S,
  options: StructuredOptions = {},
): StructuredType<SchemaOutput<S>, SchemaInput<S>> {
  const refuse = (problem: string) => refuseChat('structured message', problem, String(format))
  if (typeof format !== 'string' || format === '') throw refuse('its format must be a name')
  checkOptions<StructuredOptions>('structured message', options, { jsonSchema: ELSEWHERE })
  const made = jsonSchemaOf(schema, structuredText(format), options.jsonSchema)
  if (made.kind === 'refused') throw refuse(`its schema ${made.problem}`)
  const misfit = (problem: string) => {
    return new HeddleError('HEDDLE_INVALID_PAYLOAD', { message: format, issues: [problem] })
  }
  const isOfIt = (message: ChatMessage) => {
    if (typeof message !== 'object' || message === null) {
      throw invalidOption('message', message, `a chat message, to be read as a '${format}'`)
    }
    return message.kind === 'structured' && message.format === format
  }
  const type: StructuredType<unknown, unknown> = {
    format,
    schema,
    jsonSchema: made.kind === 'known' ? made.jsonSchema : undefined,
    is: (message): message is ChatMessageOf<'structured'> => isOfIt(message),
    read: (message) => {
      if (!isOfIt(message) || message.kind !== 'structured') return undefined
      const checked = checkWith(schema, message.content, structuredText(format))
      if (checked.kind === 'valid') return checked.value
      throw misfit(checked.problem)
    },
    make: (content, from) => {
      const { id, source } = Object(from) as Partial<typeof from>
      if (typeof id !== 'string' || typeof source !== 'string') {
        const rule = "a record with the strings id and source, as in { id: nextId(), source: 'me' }"
        throw invalidOption('from', from, rule)
      }
      const fitting = contentFor(type, content)
      if (fitting.kind === 'fits') {
        return { kind: 'structured', id, source, format, content: fitting.content }
      }
      throw misfit(`it ${fitting.problem}`)
    },
  }
  return Object.freeze(type) as StructuredType<SchemaOutput<S>, SchemaInput<S>>
}

function structuredText(format: string): string {
  return `the structured message '${format}'`
}

/** The content as a message keeps it: the schema's input, checked once. */
export function contentFor(
  { schema, format }: Pick<StructuredType<unknown>, 'schema' | 'format'>,
  given: unknown,
): Fitting {
  const copied = plainCopy(given, 'frozen')
  if (copied.kind === 'odd') return { kind: 'refused', problem: `is no data: ${copied.problem}` }
  const checked = checkWith(schema, copied.value, structuredText(format))
  if (checked.kind === 'valid') return { kind: 'fits', content: copied.value }
  return { kind: 'refused', problem: `does not fit: ${checked.problem}` }
}

export function isStructuredType(value: unknown): value is StructuredType<unknown, unknown> {
  const { format, read, make } = Object(value) as Partial<StructuredType<unknown>>
  return typeof format === 'string' && typeof read === 'function' && typeof make === 'function'
}
