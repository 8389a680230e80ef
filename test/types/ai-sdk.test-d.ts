/** What the compiler infers and refuses of `heddle/ai-sdk`. */
import type { UIMessage } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import type { ModelClient, RunItem } from 'heddle/agentchat'
import {
  type AiSdkModelOptions,
  type AiSdkSettings,
  aiSdkModel,
  type HeddleUIData,
  type HeddleUIMessage,
  type HeddleUIMessageChunk,
  type HeddleUIMetadata,
  taskFromUIMessages,
  toUIMessageStream,
  toUIMessageStreamResponse,
  type UIMessageStreamOptions,
  type UIMessageStreamResponseOptions,
  type UIRunSource,
  type UIStopReason,
} from 'heddle/ai-sdk'
import { exactly } from './equal.ts'

export const clients: ModelClient[] = [
  aiSdkModel(new MockLanguageModelV4()),
  aiSdkModel(new MockLanguageModelV3(), { settings: { temperature: 0 }, retries: 0 }),
]
// @ts-expect-error a model's id needs the gateway
aiSdkModel('openai/gpt-5')
// @ts-expect-error the caller decides on the prompt
export const settings: AiSdkSettings = { prompt: [] }
export const options: AiSdkModelOptions = { settings: { seed: 1 }, sourceNames: 'prefix' }

declare const items: AsyncIterable<RunItem>
export const begins: UIRunSource = (signal) => (signal.aborted ? items : items)
export const shown: UIMessageStreamOptions = { show: (item) => item.kind !== 'memory' }
export const answered: UIMessageStreamResponseOptions = { ...shown, status: 201 }
export const response: Response = toUIMessageStreamResponse(begins, answered)
export const stream: ReadableStream<HeddleUIMessageChunk> = toUIMessageStream(items, shown)
// @ts-expect-error the result alone is no stream
toUIMessageStream(Promise.resolve())

declare const message: HeddleUIMessage
export const task = taskFromUIMessages([message as UIMessage, message])
exactly<HeddleUIMetadata | undefined>()(message.metadata)
for (const part of message.parts) {
  if (part.type === 'data-input-request') exactly<HeddleUIData['input-request']>()(part.data)
}
// @ts-expect-error a browser is not told the error
export type Failure = Extract<UIStopReason, { kind: 'failed' }>['error']
