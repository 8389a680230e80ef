/**
 * The port to language models: what a client takes and returns, for any provider. The shapes are
 * those that providers have in common; a client translates them.
 */

/** One entry of what a model is shown. */
export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | {
      readonly role: 'user'
      readonly content: string | readonly ContentPart[]
      /** Who said it: an agent's name, or `user`. */
      readonly source: string
    }
  | {
      readonly role: 'assistant'
      readonly content: string
      readonly toolCalls?: readonly ToolCall[]
      /** What the model thought before it answered. */
      readonly thought?: string
      readonly source: string
      /** What the client wants back with the message. */
      readonly metadata?: ProviderMetadata
    }
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] }

/**
 * What a provider says beside an answer and wants back with it, such as the signature of a thought:
 * plain data, by the provider's name. It is kept in the history and handed back as it came; a
 * client reads only what is its own.
 */
export type ProviderMetadata = Readonly<Record<string, unknown>>

/** A text, or a picture: its bytes in base64, or its URL. */
export type ContentPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'image-url'; readonly url: string }

/** A model asks for a tool. `arguments`: JSON text, as the model wrote it. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
  /** What the client wants back with the call. */
  readonly metadata?: ProviderMetadata
}

/** The result of a tool. `content`: a text, or parts where the tool gave pictures. */
export interface ToolResult {
  readonly callId: string
  readonly name: string
  readonly content: string | readonly ContentPart[]
  readonly isError: boolean
}

/** A tool as a model sees it. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** A JSON schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Tokens, as the provider counts them. */
export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** What a client can do. An agent that needs more is refused when it is defined. */
export interface ModelCapabilities {
  readonly tools: boolean
  readonly vision: boolean
  /** Answers that fit a JSON schema. */
  readonly structuredOutput: boolean
}

/** One call of a model: what it is shown, and what it may answer with. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[]
  readonly tools?: readonly ToolSpec[]
  /** Default: `auto`, where there are tools. */
  readonly toolChoice?: 'auto' | 'required' | 'none'
  /** A JSON schema that the answer must fit. */
  readonly output?: Readonly<Record<string, unknown>>
  /**
   * Identifies the call: the caller's key and how many calls it has made before. A turn that runs
   * again repeats both, and so do turns after a failure or a reset, which may ask something else.
   */
  readonly caller: { readonly key: string; readonly call: number }
  /**
   * Ends the call, which rejects with the signal's reason. The caller does not wait for that
   * rejection; a client should close its connection.
   */
  readonly signal?: AbortSignal
}

/** The whole answer of a model. */
export interface ModelResult {
  readonly content: string
  readonly toolCalls: readonly ToolCall[]
  readonly thought?: string
  readonly finish: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'unknown'
  readonly usage: Usage
  readonly metadata?: ProviderMetadata
}

/** A piece of an answer, as it comes: of its text, its thought, or a tool call's arguments. */
export type ModelPiece =
  | { readonly kind: 'chunk'; readonly text: string }
  | { readonly kind: 'thought'; readonly text: string }
  | {
      readonly kind: 'tool-input'
      readonly callId: string
      /** The tool's name. */
      readonly name: string
      readonly text: string
    }

/** What a stream yields: pieces of the answer, and last the whole. */
export type ModelChunk = ModelPiece | { readonly kind: 'result'; readonly result: ModelResult }

/**
 * A language model. Calls may overlap, and may be made again for a turn that runs again. What it
 * returns is checked: a run whose client breaks this interface fails with HEDDLE_MODEL_ANSWER,
 * which names the client.
 */
export interface ModelClient {
  readonly name: string
  readonly capabilities: ModelCapabilities
  /** How many tokens it can be shown, above 0; undefined: not known. */
  readonly contextTokens?: number
  /** One whole answer. Rejects when the provider fails, and with the signal's reason. */
  create(request: ModelRequest): Promise<ModelResult>
  /** Undefined: it can't stream. */
  stream?(request: ModelRequest): AsyncIterable<ModelChunk>
  /**
   * How many tokens these take, 0 or more; returned synchronously. An estimate where the provider
   * has no count.
   */
  countTokens(messages: readonly ModelMessage[], tools?: readonly ToolSpec[]): number
}

export const NO_USAGE: Usage = Object.freeze({ promptTokens: 0, completionTokens: 0 })

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    promptTokens: one.promptTokens + other.promptTokens,
    completionTokens: one.completionTokens + other.completionTokens,
  }
}
