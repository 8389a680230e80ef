/** The port to language models: what a client has to be, and what it is shown. */
import type {
  CodeBlock,
  ContentPart,
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelMessage,
  ModelPiece,
  ModelRequest,
  ModelResult,
  ProviderMetadata,
  ToolCall,
  ToolResult,
  ToolSpec,
  Usage,
} from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

const usage: Usage = { promptTokens: 1, completionTokens: 2 }
const call: ToolCall = { id: '1', name: 'add', arguments: '{"a":1}' }
const done: ToolResult = { callId: '1', name: 'add', content: '1', isError: false }
const spec: ToolSpec = { name: 'add', description: 'Adds.', parameters: { type: 'object' } }
const result: ModelResult = { content: 'x', toolCalls: [call], finish: 'stop', usage }

/** A client infers its parameters; it has neither to stream nor to know its limits. */
export const client: ModelClient = {
  name: 'own',
  capabilities: { tools: true, vision: false, structuredOutput: false },
  create: async (request) => {
    exactly<ModelRequest>()(request)
    exactly<AbortSignal | undefined>()(request.signal)
    exactly<'auto' | 'required' | 'none' | undefined>()(request.toolChoice)
    exactly<{ readonly key: string; readonly call: number }>()(request.caller)
    // @ts-expect-error a request is not to be changed
    request.messages.push({ role: 'system', content: 'more' })
    return result
  },
  countTokens: (messages, tools) => {
    exactly<readonly ModelMessage[]>()(messages)
    exactly<readonly ToolSpec[] | undefined>()(tools)
    return messages.length
  },
}
export const streaming: ModelClient = {
  ...client,
  contextTokens: 1000,
  stream: async function* (request) {
    exactly<ModelRequest>()(request)
    yield { kind: 'chunk', text: 'x' }
    yield { kind: 'result', result }
  },
}
// @ts-expect-error tokens are counted synchronously
export const late: ModelClient = { ...client, countTokens: async () => 1 }
// @ts-expect-error an answer is a whole result
export const short: ModelClient = { ...client, create: async () => ({ content: 'x' }) }
// @ts-expect-error a client says all that it can do
export const capable: ModelCapabilities = { tools: true }
export const bare: ModelClient = {
  ...client,
  // @ts-expect-error a stream has chunks and a result, and no bare strings
  stream: async function* () {
    yield 'x'
  },
}
// @ts-expect-error tokens are counted, prompts and completions apart
export const total: Usage = { totalTokens: 3 }
// @ts-expect-error the arguments are JSON text, as the model wrote it
export const parsed: ToolCall = { id: '1', name: 'add', arguments: { a: 1 } }
// @ts-expect-error whether a result is an error is always said
export const unclear: ToolResult = { callId: '1', name: 'add', content: '1' }
// @ts-expect-error a reason to finish that heddle does not know
export const odd: ModelResult = { ...result, finish: 'tired' }

/** Each of these is a closed union: a new kind is an error here. */
export function textOfPart(part: ContentPart): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'image':
      return `${part.mediaType} ${part.data}`
    case 'image-url':
      return part.url
  }
}
export function textOfMessage(message: ModelMessage): string {
  switch (message.role) {
    case 'system':
      return message.content
    case 'user':
      exactly<string | readonly ContentPart[]>()(message.content)
      return message.source
    case 'assistant':
      exactly<readonly ToolCall[] | undefined>()(message.toolCalls)
      exactly<string | undefined>()(message.thought)
      return message.content
    case 'tool':
      return message.results.map(({ callId }) => callId).join()
  }
}
export const piece: ModelPiece = { kind: 'thought', text: 'hm' }
export function textOfChunk(chunk: ModelChunk): string {
  switch (chunk.kind) {
    case 'chunk':
    case 'thought':
      return chunk.text
    case 'tool-input':
      return `${chunk.callId} ${chunk.name} ${chunk.text}`
    case 'result':
      exactly<ProviderMetadata | undefined>()(chunk.result.metadata)
      return chunk.result.content
  }
}
export function isWhole({ finish }: ModelResult): boolean {
  switch (finish) {
    case 'stop':
    case 'tool-calls':
      return true
    case 'length':
    case 'content-filter':
    case 'unknown':
      return false
  }
}

export function changed(block: CodeBlock): void {
  exactly<string>()(block.language)
  // @ts-expect-error a block is what was found
  block.code = ''
  // @ts-expect-error a call is what the model wrote
  call.arguments = '{}'
  // @ts-expect-error a result is what the tool gave
  done.isError = true
  // @ts-expect-error a tool is described once
  spec.parameters.type = 'string'
  // @ts-expect-error counts are reported once
  usage.promptTokens += 1
}
