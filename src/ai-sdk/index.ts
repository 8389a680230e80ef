/** Models of the AI SDK for agents, and runs of agents for its user interfaces: `heddle/ai-sdk`. */

export { type AiSdkModelOptions, type AiSdkSettings, aiSdkModel } from './ai-sdk-model.ts'
