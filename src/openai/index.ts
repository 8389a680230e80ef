/** A client for OpenAI and servers like it: the public names of `heddle/openai`. */

export { type OpenAIModelOptions, openaiModel } from './openai-model.ts'
export type { SourceNames } from './source-names.ts'
