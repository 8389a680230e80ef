/** A client for OpenAI and servers like it: the public names of `heddle/openai`. */
import '../node-version.ts'

export { type OpenAIModelOptions, openaiModel } from './openai-model.ts'
export type { SourceNames } from './source-names.ts'
