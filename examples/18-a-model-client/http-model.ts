/**
 * A model client for providers with the "chat completions" interface, which many providers and
 * local model servers have. It reads every answer as a stream: one way to read, one way to fail.
 */
import type { ModelChunk, ModelClient, ModelRequest } from 'heddle/agentchat'
import { Answer } from './answer.ts'
import { messagesOf, wordsOf } from './request.ts'

export interface HttpModelOptions {
  readonly url: string
  readonly model: string
  readonly apiKey: string
  readonly contextTokens?: number
}

export function httpModel({ url, model, apiKey, ...limits }: HttpModelOptions): ModelClient {
  async function* stream(request: ModelRequest): AsyncGenerator<ModelChunk> {
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        stream: true,
        stream_options: { include_usage: true },
        ...wordsOf(request),
      }),
      signal: request.signal ?? null, // closes the connection when the run is cancelled
    })
    if (!response.ok || response.body === null) {
      throw new Error(`${model} answered ${response.status}: ${await response.text()}`)
    }
    const answer = new Answer()
    for await (const data of eventsOf(response.body)) {
      if (data === '[DONE]') return yield { kind: 'result', result: answer.result }
      const text = answer.add(JSON.parse(data))
      if (text !== '') yield { kind: 'chunk', text }
    }
    throw new Error(`${model} broke off its answer`)
  }
  return {
    name: model,
    capabilities: { tools: true, vision: true, structuredOutput: true },
    ...limits,
    stream,
    create: async (request) => {
      for await (const part of stream(request)) if (part.kind === 'result') return part.result
      throw new Error(`${model} gave no result`)
    },
    // An estimate: about four characters a token.
    countTokens: (messages, tools = []) => {
      return Math.ceil(JSON.stringify([messagesOf(messages), tools]).length / 4)
    },
  }
}

/** The data of server-sent events, one line each. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice(6).trim()
  }
}
