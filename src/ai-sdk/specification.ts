/**
 * The types of the AI SDK that are used here. They come from `ai` alone, which its users have: the
 * packages below it are not theirs to import. Nothing of `ai` is needed when the program runs.
 */
import type { LanguageModel } from 'ai'

type ModelObject = Exclude<LanguageModel, string>
export type LanguageModelV4 = Extract<ModelObject, { specificationVersion: 'v4' }>
export type LanguageModelV3 = Extract<ModelObject, { specificationVersion: 'v3' }>

export type CallOptionsV4 = Parameters<LanguageModelV4['doGenerate']>[0]
export type CallOptionsV3 = Parameters<LanguageModelV3['doGenerate']>[0]

export type PromptV4 = CallOptionsV4['prompt']
export type MessageV4 = PromptV4[number]
export type AssistantPart = Extract<MessageV4, { role: 'assistant' }>['content'][number]
export type UserPart = Extract<MessageV4, { role: 'user' }>['content'][number]
export type ToolOutput = Extract<
  Extract<MessageV4, { role: 'tool' }>['content'][number],
  { type: 'tool-result' }
>['output']
export type ProviderOptions = NonNullable<CallOptionsV4['providerOptions']>
