/** A request in the words of chat completions. */
import type { OpenAI } from 'openai'
import type { ContentPart, ModelMessage, ModelRequest, ToolResult } from '../models/model.ts'
import { type SourceNames, wordsOfSource } from './source-names.ts'
import { isStrict } from './strict-schema.ts'

type Params = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming
type Message = OpenAI.Chat.ChatCompletionMessageParam
type UserMessage = OpenAI.Chat.ChatCompletionUserMessageParam
type Part = OpenAI.Chat.ChatCompletionContentPart

export function paramsOf(
  model: string,
  { messages, tools = [], toolChoice, output }: ModelRequest,
  sources: SourceNames,
): Params {
  return {
    model,
    messages: messages.flatMap((message) => wordsOf(message, sources)),
    // a list without tools is refused, and so is a choice among none
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => {
        return { type: 'function', function: { name, description, parameters } }
      }),
      ...(toolChoice !== undefined && { tool_choice: toolChoice }),
    }),
    ...(output !== undefined && { response_format: formatOf(output) }),
  }
}

function formatOf(schema: Record<string, unknown>): OpenAI.ResponseFormatJSONSchema {
  const strict = isStrict(schema) ? { strict: true } : {}
  return { type: 'json_schema', json_schema: { name: 'answer', schema, ...strict } }
}

/** One message may become several: each result of a tool is one here. */
function wordsOf(message: ModelMessage, sources: SourceNames): Message[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }]
    case 'user':
      return [userMessage(message.content, message.source, sources)]
    case 'assistant': {
      const { content, toolCalls = [] } = message
      if (toolCalls.length === 0) return [{ role: 'assistant', content }]
      const tool_calls = toolCalls.map(({ id, name, arguments: text }) => {
        return { id, type: 'function' as const, function: { name, arguments: text } }
      })
      return [{ role: 'assistant', content: content === '' ? null : content, tool_calls }]
    }
    case 'tool':
      return [...message.results.map(toolMessage), ...picturesOf(message.results)]
  }
}

function userMessage(
  content: string | readonly ContentPart[],
  source: string,
  sources: SourceNames,
): UserMessage {
  const { field, prefix } = wordsOfSource(source, sources)
  const name = field === undefined ? {} : { name: field }
  if (typeof content === 'string') {
    const said = prefix === undefined ? content : `${prefix} ${content}`
    return { role: 'user', content: said, ...name }
  }
  const before: Part[] = prefix === undefined ? [] : [{ type: 'text', text: prefix }]
  return { role: 'user', content: [...before, ...content.map(partOf)], ...name }
}

function partOf(part: ContentPart): Part {
  if (part.kind === 'text') return { type: 'text', text: part.text }
  const url = part.kind === 'image' ? `data:${part.mediaType};base64,${part.data}` : part.url
  return { type: 'image_url', image_url: { url } }
}

/** The texts of a result: the interface takes no pictures here. */
function toolMessage({ callId, content }: ToolResult): Message {
  const text = typeof content === 'string' ? content : content.map(textOf).join('\n')
  return { role: 'tool', tool_call_id: callId, content: text }
}

function textOf(part: ContentPart): string {
  return part.kind === 'text' ? part.text : '(a picture, which follows)'
}

/** What the results show, as a message after all of them. */
function picturesOf(results: readonly ToolResult[]): Message[] {
  const parts = results.flatMap(({ name, callId, content }) => {
    const pictures = typeof content === 'string' ? [] : content.filter((one) => one.kind !== 'text')
    if (pictures.length === 0) return []
    const text = `What the tool '${name}' shows (call ${callId}):`
    return [{ type: 'text' as const, text }, ...pictures.map(partOf)]
  })
  return parts.length === 0 ? [] : [{ role: 'user', content: parts }]
}
