/** How many tokens messages take, where the provider has no count. */
import type { ContentPart, ModelMessage, ToolSpec } from './model.ts'

/** In UTF-8: about four letters of English, or one or two signs of Chinese. */
const BYTES_IN_TOKEN = 4
/** What begins and ends a message, and who says it. */
const TOKENS_AROUND = 4
/** A picture of middle size. */
const TOKENS_IN_PICTURE = 800

/** An estimate, which is rather too high than too low. */
export function estimateTokens(
  messages: readonly ModelMessage[],
  tools: readonly ToolSpec[] = [],
): number {
  const inMessages = messages.map((message) => TOKENS_AROUND + tokensOf(message))
  const inTools = tools.map(({ name, description, parameters }) => {
    return TOKENS_AROUND + inText(name + description + JSON.stringify(parameters))
  })
  return sumOf([...inMessages, ...inTools])
}

function tokensOf(message: ModelMessage): number {
  switch (message.role) {
    case 'system':
      return inText(message.content)
    case 'user':
      return inText(message.source) + inContent(message.content)
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map((call) => inText(call.name + call.arguments))
      return inText(message.content) + sumOf(calls)
    }
    case 'tool':
      return sumOf(message.results.map(({ content }) => TOKENS_AROUND + inContent(content)))
  }
}

function inContent(content: string | readonly ContentPart[]): number {
  if (typeof content === 'string') return inText(content)
  const parts = content.map((part) => {
    return part.kind === 'text' ? inText(part.text) : TOKENS_IN_PICTURE
  })
  return sumOf(parts)
}

function inText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_IN_TOKEN)
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
