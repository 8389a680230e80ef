/** Models of the AI SDK for agents, and runs of agents for its user interfaces: `heddle/ai-sdk`. */
import '../node-version.ts'

export { type AiSdkModelOptions, type AiSdkSettings, aiSdkModel } from './ai-sdk-model.ts'
export type {
  HeddleUIData,
  HeddleUIMessage,
  HeddleUIMetadata,
  UIStopReason,
} from './ui-message.ts'
export {
  type HeddleUIMessageChunk,
  toUIMessageStream,
  toUIMessageStreamResponse,
  type UIMessageStreamOptions,
  type UIMessageStreamResponseOptions,
  type UIRunSource,
} from './ui-stream.ts'
export { taskFromUIMessages } from './ui-task.ts'
