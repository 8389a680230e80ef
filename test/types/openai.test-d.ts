/** What `heddle/openai` infers and refuses. */
import { assistantAgent, type ModelClient } from 'heddle/agentchat'
import { type OpenAIModelOptions, openaiModel, type SourceNames } from 'heddle/openai'

const client: ModelClient = openaiModel({ model: 'small' })
assistantAgent({ name: 'writer', model: client })

const sourceNames: SourceNames = 'prefix'
const options: OpenAIModelOptions = {
  model: 'small',
  apiKey: 'k',
  baseURL: 'http://127.0.0.1:11434/v1',
  headers: { 'x-team': 'red' },
  extraBody: { temperature: 0 },
  name: 'local',
  capabilities: { vision: false },
  contextTokens: 8_192,
  sourceNames,
  retries: 0,
  timeoutMs: 600_000,
  idleTimeoutMs: 60_000,
}
openaiModel(options)

// @ts-expect-error a model must be named
openaiModel({ baseURL: 'http://127.0.0.1:11434/v1' })
// @ts-expect-error there is no such option
openaiModel({ model: 'small', temperature: 0 })
// @ts-expect-error there is no such way
openaiModel({ model: 'small', sourceNames: 'suffix' })
