/** A client for the models of OpenAI, and of all servers with its chat completions. */
import { type Clock, systemClock } from '../clock.ts'
import type { GivenHeaders } from '../models/given-headers.ts'
import { JSON_OBJECT } from '../models/json-object.ts'
import type { ModelCapabilities, ModelClient, ModelRequest } from '../models/model.ts'
import { estimateTokens } from '../models/token-estimate.ts'
import { checkRules } from '../option-check.ts'
import {
  COUNT,
  ELSEWHERE,
  FLAG,
  LABEL,
  MILLISECONDS,
  needed,
  oneOf,
  type RulesOf,
  recordOf,
  WHOLE,
} from '../option-rules.ts'
import { Calls } from './calls.ts'
import { destinationOf } from './destination.ts'
import type { SourceNames } from './source-names.ts'

/** What `openaiModel` takes. */
export interface OpenAIModelOptions {
  /** The model's name at its server, as in `gpt-5-mini` or `qwen3:8b`. */
  readonly model: string
  /**
   * Default: `OPENAI_API_KEY` of the environment, for OpenAI and for the URL of the environment. A
   * server at another URL is sent a key only if it is given here.
   */
  readonly apiKey?: string
  /**
   * The server's URL up to `/chat/completions`, as in `http://127.0.0.1:11434/v1`. Default:
   * `OPENAI_BASE_URL` of the environment, or else OpenAI.
   */
  readonly baseURL?: string
  /**
   * Headers beside those that the calls need. `OPENAI_CUSTOM_HEADERS` of the environment is sent
   * where the key of the environment is, and never in place of these or of `apiKey`.
   */
  readonly headers?: GivenHeaders
  /**
   * Fields for the body of each call, as in `{ temperature: 0 }`. They go before heddle's own, but
   * not before the model, the messages and `stream`; `{ stream_options: undefined }` leaves that
   * field out. Values that JSON does not carry are refused.
   */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** In errors. Default: the model's name. */
  readonly name?: string
  /** What the model can do. Those that are not given are true. */
  readonly capabilities?: Partial<ModelCapabilities>
  /** How many tokens the model can be shown. Default: not known. */
  readonly contextTokens?: number
  /**
   * How a model is told who says what: in the field `name`, which some servers ignore or refuse; as
   * a prefix of the text; or not at all. Default: `field`.
   */
  readonly sourceNames?: SourceNames
  /**
   * How often a call is made again that failed before anything of its answer was shown: for 408,
   * 409, 429, 5xx, and broken connections. Default: 2.
   */
  readonly retries?: number
  /** The time of a call, with the attempts and their waits. Default: 300,000. */
  readonly timeoutMs?: number
  /**
   * How long a stream may be silent after its first event: without an event, or a comment that
   * keeps the line open. Default: 120,000.
   */
  readonly idleTimeoutMs?: number
}

const OPTIONS: RulesOf<OpenAIModelOptions> = {
  model: needed(LABEL),
  // their values must not be in a message: destinationOf checks them
  apiKey: ELSEWHERE,
  baseURL: ELSEWHERE,
  headers: ELSEWHERE,
  extraBody: JSON_OBJECT,
  name: LABEL,
  capabilities: recordOf<ModelCapabilities>({ tools: FLAG, vision: FLAG, structuredOutput: FLAG }),
  contextTokens: COUNT,
  sourceNames: oneOf('field', 'prefix', 'none'),
  retries: WHOLE,
  timeoutMs: MILLISECONDS,
  idleTimeoutMs: MILLISECONDS,
}

/**
 * A model client for chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter and
 * others. It needs the package `openai`, which it loads at the first call. Make it in the module
 * that defines the agents: on lanes, each thread has its own.
 *
 * Throws HEDDLE_INVALID_OPTION, also when the key is missing. Calls reject with
 * HEDDLE_MISSING_PACKAGE; HEDDLE_MODEL_FAILED when the provider fails; HEDDLE_MODEL_ANSWER when its
 * answer can't be read; and the signal's reason. A stream that has begun is not repeated.
 */
export function openaiModel(options: OpenAIModelOptions): ModelClient {
  return clientOf(options, systemClock)
}

/** The same with a clock. */
export function clientOf(options: OpenAIModelOptions, clock: Clock): ModelClient {
  const own = checkRules(options, OPTIONS)
  const { model, name = model, contextTokens } = own
  const capabilities = { tools: true, vision: true, structuredOutput: true, ...own.capabilities }
  const calls = new Calls({
    model,
    name,
    capabilities,
    destination: destinationOf(own),
    extraBody: own.extraBody ?? {},
    sourceNames: own.sourceNames ?? 'field',
    retries: own.retries ?? 2,
    timeoutMs: own.timeoutMs ?? 300_000,
    idleTimeoutMs: own.idleTimeoutMs ?? 120_000,
    clock,
  })
  return Object.freeze({
    name,
    capabilities: Object.freeze(capabilities),
    ...(contextTokens !== undefined && { contextTokens }),
    create: (request: ModelRequest) => calls.whole(request),
    stream: (request: ModelRequest) => calls.inPieces(request),
    countTokens: estimateTokens,
  })
}
