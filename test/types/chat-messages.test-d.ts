/** What agents say and show: closed unions, frozen all the way down, and structured contents. */
import { z } from 'zod'
import {
  type AgentEvent,
  agentEventSchemas,
  assistantAgent,
  type ChatMessage,
  type ChatMessageOf,
  chatMessageSchemas,
  defineStructured,
  type JsonSchema,
  type ModelClient,
  type Plain,
  type StructuredOptions,
  type StructuredType,
  textOf,
} from '../../src/agentchat/index.ts'
import type { DeepReadonly } from '../../src/index.ts'
import { type Equal, exactly } from './equal.ts'

const Review = defineStructured('review', z.object({ passed: z.boolean() }))

export function verdictOf(message: ChatMessage): boolean | undefined {
  if (!Review.is(message)) return undefined
  exactly<boolean>()(message.content.passed)
  return message.content.passed
}

/** A message keeps what goes into the schema; `read` gives what comes out. */
const Order = defineStructured(
  'order',
  z.object({
    at: z.string().transform((text) => new Date(text)),
    most: z.number().default(1),
    tags: z.array(z.string()),
  }),
)
type OrderInput = { at: string; tags: string[]; most?: number | undefined }
type OrderOutput = { at: Date; most: number; tags: string[] }
export const order: Equal<typeof Order, StructuredType<OrderOutput, OrderInput>> = true
exactly<string>()(Order.format)
exactly<JsonSchema | undefined>()(Order.jsonSchema)
export function orderOf(message: ChatMessage): Date | undefined {
  const order = Order.read(message)
  exactly<OrderOutput | undefined>()(order)
  if (Order.is(message)) {
    exactly<string>()(message.content.at)
    exactly<number | undefined>()(message.content.most)
    exactly<readonly string[]>()(message.content.tags)
    // @ts-expect-error the content of a message is frozen
    message.content.at = ''
    // @ts-expect-error all the way down
    message.content.tags.push('more')
    Order.make(message.content, { id: '2', source: 'b' })
  }
  return order?.at
}
const made = Order.make({ at: '2026-11-05', tags: [] }, { id: '1', source: 'a' })
exactly<string>()(made.content.at)
export const said: ChatMessageOf<'structured'> = made
// @ts-expect-error what comes out does not go in
Order.make({ at: new Date(), tags: [] }, { id: '1', source: 'a' })
// @ts-expect-error a message has an id
Order.make({ at: '2026-11-05', tags: [] }, { source: 'a' })
export const structured = (model: ModelClient) =>
  assistantAgent({ name: 'a', model, output: Order })

const shown: StructuredOptions = { jsonSchema: { type: 'object' } }
defineStructured('described', z.custom<{ a: 1 }>(), shown)
// @ts-expect-error a type is not a schema
defineStructured('typed', { passed: 'boolean' })
// @ts-expect-error an option that does not exist
defineStructured('odd', z.object({}), { schema: {} })
export function described(jsonSchema: JsonSchema): void {
  // @ts-expect-error JSON schemas are not changed
  jsonSchema.type = 'array'
}

export function changed(message: ChatMessage, event: AgentEvent): void {
  // @ts-expect-error messages are frozen
  message.source = 'b'
  // @ts-expect-error and so are their parts
  if (message.kind === 'multimodal') message.content.push({ kind: 'text', text: 'more' })
  // @ts-expect-error events too
  event.source = 'b'
  // @ts-expect-error and theirs
  if (event.kind === 'speakers') event.names.push('b')
}

/** Every kind of message is named: a new one is an error here. */
export function wordsOf(message: ChatMessage): string {
  exactly<string>()(message.id)
  exactly<string>()(textOf(message))
  switch (message.kind) {
    case 'text':
    case 'stop':
      return message.content
    case 'multimodal':
      return message.content.map((part) => part.kind).join()
    case 'structured':
      exactly<unknown>()(message.content)
      return message.format
    case 'handoff':
      return `${message.target} ${message.context.length}`
    case 'tool-summary':
      return `${message.toolCalls.length} ${message.results.length}`
  }
}

/** And every kind of event. */
export function lineOf(event: AgentEvent): string {
  switch (event.kind) {
    case 'tool-calls':
      return event.calls.map((call) => call.arguments).join()
    case 'tool-results':
      return event.results.map((result) => result.content).join()
    case 'thought':
      return event.content
    case 'chunk':
    case 'thought-chunk':
      return `${event.messageId} ${event.content}`
    case 'tool-progress':
      exactly<unknown>()(event.content)
      return event.callId
    case 'tool-input':
      return `${event.messageId} ${event.callId} ${event.name} ${event.content}`
    case 'memory':
      return event.items.join()
    case 'code-generated':
      return `${event.attempt} ${event.code}`
    case 'code-executed':
      return `${event.attempt} ${event.exitCode} ${event.output}`
    case 'input-requested':
      return `${event.requestId} ${event.prompt}`
    case 'speakers':
      return event.names.join()
    case 'retracted':
      return event.source
  }
}

exactly<'handoff'>()({} as ChatMessageOf<'handoff'>['kind'])
// @ts-expect-error a kind that does not exist
export type Odd = ChatMessageOf<'whisper'>
// @ts-expect-error an event is not a message
textOf({ kind: 'thought', source: 'a', content: 'hm' })
// @ts-expect-error a structured message has a content
export const empty: ChatMessage = { kind: 'structured', id: '1', source: 'a', format: 'order' }
// @ts-expect-error what an agent knows of a message is in `metadata`, as strings
export const noted: ChatMessage = { kind: 'stop', id: '1', source: 'a', content: '', note: 1 }

/** The schemas are those of the types: one for each kind. */
type Parsed<Schemas> = { [K in keyof Schemas]: DeepReadonly<z.infer<Schemas[K]>> }[keyof Schemas]
export const messages: Equal<Parsed<typeof chatMessageSchemas>, ChatMessage> = true
export const events: Equal<Parsed<typeof agentEventSchemas>, AgentEvent> = true
exactly<'text'>()(chatMessageSchemas.text.parse({}).kind)
exactly<string[]>()(agentEventSchemas.speakers.parse({}).names)
// @ts-expect-error the tables are not to be changed
chatMessageSchemas.text = chatMessageSchemas.stop

/** What JSON carries. */
export const plain: readonly Plain[] = [null, true, 1, 'a', [1, ['b']], { a: { b: null } }]
// @ts-expect-error JSON makes a string of a date
export const date: Plain = new Date(0)
// @ts-expect-error and leaves functions out
export const called: Plain = { run: () => {} }
// @ts-expect-error nor does it carry undefined
export const missing: Plain = [undefined]
// @ts-expect-error nor bigints
export const big: Plain = 1n
export function kept(data: { readonly [name: string]: Plain }): void {
  // @ts-expect-error plain data is not changed
  data.a = 1
}
