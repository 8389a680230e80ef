/** A request in the words of the provider. */
import type { ContentPart, ModelMessage, ModelRequest } from 'heddle/agentchat'

export function wordsOf({ messages, tools, toolChoice, output }: ModelRequest) {
  return {
    messages: messagesOf(messages),
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(output && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: output } },
    }),
  }
}

export function messagesOf(messages: readonly ModelMessage[]): object[] {
  return messages.flatMap(toProvider)
}

/** One message may become several: this provider takes each tool result by itself. */
function toProvider(message: ModelMessage): object[] {
  switch (message.role) {
    case 'system':
      return [message]
    case 'user': {
      const { content, source } = message
      const parts = typeof content === 'string' ? content : content.map(partOf)
      return [{ role: 'user', content: parts, name: source.replaceAll(/[^\w-]/g, '_') }]
    }
    case 'assistant': {
      const { content, toolCalls = [] } = message
      const calls = toolCalls.map(({ id, ...call }) => ({ id, type: 'function', function: call }))
      return [{ role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) }]
    }
    case 'tool':
      return message.results.map(({ callId, content }) => {
        return { role: 'tool', tool_call_id: callId, content }
      })
  }
}

function partOf(part: ContentPart) {
  if (part.kind === 'text') return { type: 'text', text: part.text }
  const url = part.kind === 'image' ? `data:${part.mediaType};base64,${part.data}` : part.url
  return { type: 'image_url', image_url: { url } }
}
