/**
 * What agents say to each other, and what can be seen of their work: two unions by `kind`, of plain
 * data that crosses threads and files unchanged. Messages go between agents and are in the
 * transcript. Events are for watchers.
 */
import * as z from 'zod'
import { describe } from '../../errors.ts'
import { jsonText } from '../../json-text.ts'
import type { DeepReadonly } from '../../messages/message.ts'
import { readAs } from '../../messages/plain.ts'
import type { ContentPart, ModelMessage } from '../../models/model.ts'
import { contentPart, modelMessage, toolCall, toolResult } from '../../models/model-message.ts'
import { invalidOption } from '../../option-check.ts'
import { refuseChat } from './refusal.ts'

/** Counts of tokens: a negative count would raise the budget that it is counted against. */
export const usageSchema = z.object({
  promptTokens: z.number().nonnegative(),
  completionTokens: z.number().nonnegative(),
})

const common = {
  /** Unique in its conversation; the same when the turn that says it runs again. */
  id: z.string(),
  /** The agent that said the message, or `user`. */
  source: z.string(),
  /** The usage of the model calls that led to the message. */
  usage: usageSchema.optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  /**
   * Of a model's answer that is not whole: cut at the most tokens that its model may write, or
   * withheld by the model or by its provider's filter.
   */
  finish: z.enum(['length', 'content-filter']).optional(),
}

/** The kinds of messages, each with its schema. */
export const chatMessageSchemas = {
  text: z.object({ kind: z.literal('text'), ...common, content: z.string() }),
  multimodal: z.object({ kind: z.literal('multimodal'), ...common, content: z.array(contentPart) }),
  /**
   * `format` names a type that `defineStructured` made; `content` is JSON, the input of its schema.
   */
  structured: z.object({
    kind: z.literal('structured'),
    ...common,
    format: z.string(),
    content: z.unknown().refine((content): boolean => content !== undefined, 'there is none'),
  }),
  /** Asks for the end of the conversation. */
  stop: z.object({ kind: z.literal('stop'), ...common, content: z.string() }),
  /** Hands over to `target`, with what was done so far. */
  handoff: z.object({
    kind: z.literal('handoff'),
    ...common,
    target: z.string(),
    content: z.string(),
    context: z.array(modelMessage),
  }),
  toolSummary: z.object({
    kind: z.literal('tool-summary'),
    ...common,
    content: z.string(),
    toolCalls: z.array(toolCall),
    results: z.array(toolResult),
  }),
} as const

/** The names of all kinds. */
export const MESSAGE_KINDS: readonly string[] = Object.values(chatMessageSchemas).map(
  ({ shape }) => shape.kind.value,
)

type Schemas = typeof chatMessageSchemas
/** A message between agents. */
export type ChatMessage = {
  [K in keyof Schemas]: DeepReadonly<z.infer<Schemas[K]>>
}[keyof Schemas]
/** A message of one kind. */
export type ChatMessageOf<K extends ChatMessage['kind']> = Extract<ChatMessage, { kind: K }>

const seen = { source: z.string() }

/** The kinds of events, each with its schema. */
export const agentEventSchemas = {
  toolCalls: z.object({ kind: z.literal('tool-calls'), ...seen, calls: z.array(toolCall) }),
  toolResults: z.object({ kind: z.literal('tool-results'), ...seen, results: z.array(toolResult) }),
  thought: z.object({ kind: z.literal('thought'), ...seen, content: z.string() }),
  /**
   * A piece of the message with this id, or of a text beside tool calls, which is not a part of the
   * message: `tool-calls` then follows.
   */
  chunk: z.object({
    kind: z.literal('chunk'),
    ...seen,
    messageId: z.string(),
    content: z.string(),
  }),
  /** A piece of what the model thinks, before the message with this id. */
  thoughtChunk: z.object({
    kind: z.literal('thought-chunk'),
    ...seen,
    messageId: z.string(),
    content: z.string(),
  }),
  /** A piece of the arguments of a tool call, as the model writes them. */
  toolInput: z.object({
    kind: z.literal('tool-input'),
    ...seen,
    messageId: z.string(),
    callId: z.string(),
    name: z.string(),
    content: z.string(),
  }),
  /** What a tool shows while it runs: any value that JSON carries. */
  toolProgress: z.object({
    kind: z.literal('tool-progress'),
    ...seen,
    callId: z.string(),
    name: z.string(),
    content: z.unknown().refine((content): boolean => content !== undefined, 'there is none'),
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
  /**
   * What this agent has shown of its turn no longer counts: the turn runs again, or was given up.
   */
  retracted: z.object({ kind: z.literal('retracted'), ...seen }),
} as const

type EventSchemas = typeof agentEventSchemas
/** What can be seen of a run while it goes on. Never given to other agents. */
export type AgentEvent = {
  [K in keyof EventSchemas]: DeepReadonly<z.infer<EventSchemas[K]>>
}[keyof EventSchemas]

type Kinds = readonly { readonly shape: { readonly kind: { readonly value: string } } }[]

/** One of these, by its kind. The error names a kind that there is not. */
function byKind(schemas: Kinds): z.ZodType {
  const kinds = schemas.map(({ shape }) => `'${shape.kind.value}'`).join(', ')
  return z.discriminatedUnion('kind', schemas as never, {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined
      return `it is ${describe(Object(input).kind)}, and must be one of ${kinds}`
    },
  })
}

export const anyMessage = byKind(Object.values(chatMessageSchemas))
export const anyEvent = byKind(Object.values(agentEventSchemas))
export const anyShown = byKind([
  ...Object.values(agentEventSchemas),
  ...Object.values(chatMessageSchemas),
])

/** A copy of a message from outside. Throws HEDDLE_INVALID_TASK. */
export function checkChatMessage(value: unknown): ChatMessage {
  const read = readChatMessage(value)
  if (read.kind === 'message') return read.message
  throw refuseChat('task', `a message of it is none: ${read.problem}`)
}

/** A value as a message, or why it is not one. */
export function readChatMessage(
  value: unknown,
):
  | { readonly kind: 'message'; readonly message: ChatMessage }
  | { readonly kind: 'refused'; readonly problem: string } {
  const read = readAs<ChatMessage>(anyMessage, value)
  return read.kind === 'refused' ? read : { kind: 'message', message: read.value }
}

/**
 * A message as plain text. A picture appears as `<image>`. Throws HEDDLE_INVALID_OPTION for a value
 * that is not a message.
 */
export function textOf(message: ChatMessage): string {
  switch (message?.kind) {
    case 'structured':
      return jsonText(message.content)
    case 'multimodal':
      if (!Array.isArray(message.content)) break
      return textOfParts(message.content)
    default:
      if (typeof message?.content === 'string') return message.content
  }
  throw invalidOption('message', message, 'a chat message, as result.messages has them')
}

/** Parts as plain text. A picture appears as `<image>`. */
export function textOfParts(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content
  return content.map((one) => (one?.kind === 'text' ? one.text : '<image>')).join(' ')
}

/** A message as a model is shown it. */
export function toModelMessage(message: ChatMessage): ModelMessage {
  const { source } = message
  if (message.kind === 'multimodal') return { role: 'user', content: message.content, source }
  return { role: 'user', content: textOf(message), source }
}
