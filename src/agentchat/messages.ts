/**
 * What agents say to each other, and what can be seen of their work: two unions by `kind`, plain data that crosses threads and files as it is.
 * Messages go between agents and stand in the transcript. Events are for those who watch.
 */
import * as z from 'zod'
import { checkSchema, type Schema } from '../messages/schema.ts'
import type { ModelMessage } from '../models/model.ts'
import { refuseChat } from './refusal.ts'

const usage = z.object({ promptTokens: z.number(), completionTokens: z.number() })
const toolCall = z.object({ id: z.string(), name: z.string(), arguments: z.string() })
const toolResult = z.object({
  callId: z.string(),
  name: z.string(),
  content: z.string(),
  isError: z.boolean(),
})
const part = z.union([
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('image'), mediaType: z.string(), data: z.string() }),
  z.object({ kind: z.literal('image-url'), url: z.string() }),
])

const common = {
  /** Unique in its conversation; the same when the turn that says it runs again. */
  id: z.string(),
  /** The agent that said it, or `user`. */
  source: z.string(),
  /** Of the model calls that led to it. */
  usage: usage.optional(),
  metadata: z.record(z.string(), z.string()).optional(),
}

/** The kinds of messages, each with its schema. */
export const chatMessageSchemas = {
  text: z.object({ kind: z.literal('text'), ...common, content: z.string() }),
  multimodal: z.object({ kind: z.literal('multimodal'), ...common, content: z.array(part) }),
  /** `format` names what `defineStructured` made; `content` fits its schema. */
  structured: z.object({
    kind: z.literal('structured'),
    ...common,
    format: z.string(),
    content: z.unknown(),
  }),
  /** Asks for the end of the conversation. */
  stop: z.object({ kind: z.literal('stop'), ...common, content: z.string() }),
  /** Hands over to `target`, with what was done so far. */
  handoff: z.object({
    kind: z.literal('handoff'),
    ...common,
    target: z.string(),
    content: z.string(),
    context: z.array(z.custom<ModelMessage>()),
  }),
  toolSummary: z.object({
    kind: z.literal('tool-summary'),
    ...common,
    content: z.string(),
    toolCalls: z.array(toolCall),
    results: z.array(toolResult),
  }),
} as const

type Schemas = typeof chatMessageSchemas
/** What goes between agents. */
export type ChatMessage = { [K in keyof Schemas]: z.infer<Schemas[K]> }[keyof Schemas]
/** A message of one kind. */
export type ChatMessageOf<K extends ChatMessage['kind']> = Extract<ChatMessage, { kind: K }>

const seen = { source: z.string() }

/** The kinds of events, each with its schema. */
export const agentEventSchemas = {
  toolCalls: z.object({ kind: z.literal('tool-calls'), ...seen, calls: z.array(toolCall) }),
  toolResults: z.object({ kind: z.literal('tool-results'), ...seen, results: z.array(toolResult) }),
  thought: z.object({ kind: z.literal('thought'), ...seen, content: z.string() }),
  /** A piece of the message with this id. */
  chunk: z.object({
    kind: z.literal('chunk'),
    ...seen,
    messageId: z.string(),
    content: z.string(),
  }),
  memory: z.object({ kind: z.literal('memory'), ...seen, items: z.array(z.string()) }),
  codeGenerated: z.object({
    kind: z.literal('code-generated'),
    ...seen,
    attempt: z.number(),
    code: z.string(),
  }),
  codeExecuted: z.object({
    kind: z.literal('code-executed'),
    ...seen,
    attempt: z.number(),
    exitCode: z.number(),
    output: z.string(),
  }),
  inputRequested: z.object({
    kind: z.literal('input-requested'),
    ...seen,
    requestId: z.string(),
    prompt: z.string(),
  }),
  speakers: z.object({ kind: z.literal('speakers'), ...seen, names: z.array(z.string()) }),
  /** What this agent had shown of a turn that is run again, or was given up, counts no more. */
  retracted: z.object({ kind: z.literal('retracted'), ...seen }),
} as const

type EventSchemas = typeof agentEventSchemas
/** What can be seen of a run while it goes on. Never given to other agents. */
export type AgentEvent = { [K in keyof EventSchemas]: z.infer<EventSchemas[K]> }[keyof EventSchemas]

export const anyMessage = z.discriminatedUnion('kind', Object.values(chatMessageSchemas) as never)

/** Checks what came from outside. Throws HEDDLE_INVALID_TASK. */
export function checkChatMessage(value: unknown): ChatMessage {
  const problem = chatMessageProblem(value)
  if (problem === undefined) return value as ChatMessage
  throw refuseChat('task', `a message of it is none: ${problem}`)
}

/** Why a value is no message. Undefined: it is one. */
export function chatMessageProblem(value: unknown): string | undefined {
  const checked = checkSchema(anyMessage as Schema, value)
  if (checked.kind === 'valid') return undefined
  return checked.kind === 'invalid' ? checked.issues.join('; ') : 'its schema is asynchronous'
}

/** A kind of structured message: a name, and the schema of its content. */
export interface StructuredType<T> {
  readonly format: string
  readonly schema: Schema<unknown, T>
  /** Whether a message is of this kind; its content is typed then. */
  is(message: ChatMessage): message is ChatMessageOf<'structured'> & { content: T }
  /** Makes one. Throws HEDDLE_INVALID_TASK when the content does not fit. */
  make(content: T, from: { id: string; source: string }): ChatMessageOf<'structured'>
}

/** Defines a structured message of one's own. `format`: its name, unique in a team. */
export function defineStructured<T>(format: string, schema: Schema<unknown, T>): StructuredType<T> {
  return Object.freeze({
    format,
    schema,
    is: (message: ChatMessage): message is ChatMessageOf<'structured'> & { content: T } =>
      message.kind === 'structured' && message.format === format,
    make: (content: T, { id, source }: { id: string; source: string }) => {
      const checked = checkSchema(schema, content)
      if (checked.kind === 'valid') {
        return { kind: 'structured' as const, id, source, format, content: checked.value }
      }
      const issues = checked.kind === 'invalid' ? checked.issues.join('; ') : 'asynchronous'
      throw refuseChat('task', `the content of a '${format}' does not fit: ${issues}`)
    },
  })
}

/** A message as plain text. A picture stands in it as `<image>`. */
export function textOf(message: ChatMessage): string {
  switch (message.kind) {
    case 'structured':
      return JSON.stringify(message.content) ?? ''
    case 'multimodal':
      return message.content.map((one) => (one.kind === 'text' ? one.text : '<image>')).join(' ')
    default:
      return message.content
  }
}

/** A message as a model is shown it. */
export function toModelMessage(message: ChatMessage): ModelMessage {
  const { source } = message
  if (message.kind === 'multimodal') return { role: 'user', content: message.content, source }
  return { role: 'user', content: textOf(message), source }
}
