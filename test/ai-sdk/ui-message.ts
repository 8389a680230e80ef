/** The message that the AI SDK makes of a run. */
import { readUIMessageStream, type UIMessageChunk } from 'ai'
import type { RunItem } from '../../src/agentchat/runs/task.ts'
import type { HeddleUIMessage } from '../../src/ai-sdk/index.ts'

export async function messageOf(
  stream: ReadableStream<UIMessageChunk>,
  onError: (error: unknown) => void = (error) => {
    throw error
  },
): Promise<HeddleUIMessage> {
  let last: HeddleUIMessage | undefined
  const errors: unknown[] = []
  const messages = readUIMessageStream<HeddleUIMessage>({
    stream,
    onError: (error) => errors.push(error),
  })
  for await (const message of messages) last = message
  for (const error of errors) onError(error)
  if (last === undefined) throw new Error('there is no message')
  return last
}

export async function chunksOf(stream: ReadableStream<UIMessageChunk>): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

/** The texts of a message, each with its agent. */
export function textsOf({ parts }: HeddleUIMessage): string[] {
  return parts.flatMap((part) => {
    if (part.type !== 'text') return []
    return [`${part.providerMetadata?.heddle?.agent}: ${part.text}`]
  })
}

export async function* itemsOf(...items: readonly RunItem[]): AsyncGenerator<RunItem> {
  yield* items
}

const usage = { promptTokens: 1, completionTokens: 2 }

export const completed: RunItem = {
  kind: 'result',
  messages: [],
  stopReason: { kind: 'completed', text: 'done' },
  usage,
}
