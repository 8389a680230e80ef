/** A model of the AI SDK as a model client. */
import type { ProviderMetadata } from 'ai'
import { type Clock, systemClock } from '../clock.ts'
import { defect } from '../defect.ts'
import { isPlain, isRecord } from '../describe.ts'
import { inAttempts } from '../models/attempts.ts'
import { type GivenHeaders, headersOf } from '../models/given-headers.ts'
import type {
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelRequest,
  ModelResult,
} from '../models/model.ts'
import { type Hide, hider, keysOfEnvironment } from '../models/secrets.ts'
import { estimateTokens } from '../models/token-estimate.ts'
import { checkRules, invalidOption } from '../option-check.ts'
import {
  COUNT,
  ELSEWHERE,
  FLAG,
  LABEL,
  listOf,
  NUMBER,
  oneOf,
  RECORD,
  type RulesOf,
  recordOf,
  TEXT,
  valuesOf,
  WHOLE,
} from '../option-rules.ts'
import { untilAborted } from '../until.ts'
import { Answer } from './answer.ts'
import { brokenOff, type Called, failed, misshapen, oddRequest } from './model-failure.ts'
import { callOptionsV3, callOptionsV4, checkUrls, type PromptForm } from './prompt.ts'
import type { LanguageModelV3, LanguageModelV4 } from './specification.ts'

/** What `aiSdkModel` takes beside its model. */
export interface AiSdkModelOptions {
  /** Default: the provider and the model's id, as in `openai.responses/gpt-5`. */
  readonly name?: string
  /**
   * A model of the AI SDK does not say what it can do. Capabilities that are not given are true.
   */
  readonly capabilities?: Partial<ModelCapabilities>
  /** Default: not known. */
  readonly contextTokens?: number
  /** `prefix`: what other agents say begins with their name. Default `none`. */
  readonly sourceNames?: 'none' | 'prefix'
  /**
   * How often a call is made again that failed before anything of its answer was shown, if its
   * provider says that this may help. Default: 2.
   */
  readonly retries?: number
  /** Settings of each call. */
  readonly settings?: AiSdkSettings
}

/** The settings of the AI SDK that the caller does not decide, under the SDK's names. */
export interface AiSdkSettings {
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly stopSequences?: string[]
  readonly seed?: number
  /** How much the model thinks. Of version 4 alone. */
  readonly reasoning?:
    | 'provider-default'
    | 'none'
    | 'minimal'
    | 'low'
    | 'medium'
    | 'high'
    | 'xhigh'
    | 'max'
  /** Of the call, where its provider sends one over HTTP. Those that are undefined are left out. */
  readonly headers?: GivenHeaders | Readonly<Record<string, string | undefined>>
  /** Of the provider's own, by its name. */
  readonly providerOptions?: ProviderMetadata
}

const SETTINGS: RulesOf<AiSdkSettings> = {
  maxOutputTokens: COUNT,
  temperature: NUMBER,
  topP: NUMBER,
  topK: NUMBER,
  presencePenalty: NUMBER,
  frequencyPenalty: NUMBER,
  stopSequences: listOf(TEXT),
  seed: NUMBER,
  reasoning: TEXT, // its provider knows the levels
  headers: ELSEWHERE, // their values must not be in a message: headersIn
  providerOptions: valuesOf(RECORD),
}

const OPTIONS: RulesOf<AiSdkModelOptions> = {
  name: LABEL,
  capabilities: recordOf<ModelCapabilities>({ tools: FLAG, vision: FLAG, structuredOutput: FLAG }),
  contextTokens: COUNT,
  sourceNames: oneOf('none', 'prefix'),
  retries: WHOLE,
  settings: recordOf<AiSdkSettings>(SETTINGS),
}

/**
 * Any language model of the AI SDK, of version 4 or 3 of its specification, as a client for agents.
 * Throws HEDDLE_INVALID_OPTION for something else, such as a model's id alone. Calls reject with
 * HEDDLE_MODEL_FAILED, whose cause has the words of the provider's error and not its headers; with
 * HEDDLE_MODEL_ANSWER when the answer can't be read or fits no shape; and with the signal's reason.
 * A stream that has begun is not repeated.
 *
 * The provider's key is not known here. If the provider repeats it in an error, it is hidden where
 * it has the shape of a key, follows `Bearer`, or is in `settings.headers` or the environment.
 */
export function aiSdkModel(
  model: LanguageModelV4 | LanguageModelV3,
  options: AiSdkModelOptions = {},
): ModelClient {
  return clientOf(model, options, systemClock)
}

/** The same with a clock. */
export function clientOf(
  model: LanguageModelV4 | LanguageModelV3,
  options: AiSdkModelOptions,
  clock: Clock,
): ModelClient {
  checkModel(model)
  const own = checkRules(options, OPTIONS)
  const { contextTokens, sourceNames = 'none', retries = 2 } = own
  const settings = settingsOf(own.settings)
  const { provider, modelId } = model
  const client = own.name ?? `${provider}/${modelId}`
  const capabilities = { tools: true, vision: true, structuredOutput: true, ...own.capabilities }
  const hide = hider([...Object.values(settings.headers ?? {}), ...keysOfEnvironment()])
  const form = { client, provider, sourceNames }
  const caller = new Caller(model, form, { settings, retries, clock, hide })
  const fitting = (request: ModelRequest) => {
    checkCan(client, capabilities, request)
    return request
  }
  return Object.freeze({
    name: client,
    capabilities: Object.freeze(capabilities),
    ...(contextTokens !== undefined && { contextTokens }),
    create: async (request: ModelRequest) => caller.create(fitting(request)),
    stream: (request: ModelRequest) => caller.stream(fitting(request)),
    countTokens: estimateTokens,
  })
}

/** Throws HEDDLE_INVALID_OPTION. */
function checkModel(model: unknown): void {
  const object = "a model of the AI SDK as its provider's package gives it, as openai('…') does"
  if (typeof model === 'string') {
    throw invalidOption('model', model, `${object}; for a model's id, give gateway('…') of ai`)
  }
  if (!isRecord(model)) throw invalidOption('model', model, object)
  const { specificationVersion: version, doGenerate, doStream, provider, modelId } = model
  if (version === 'v4' || version === 'v3') {
    const functions = [doGenerate, doStream].every((one) => typeof one === 'function')
    const texts = [provider, modelId].every((one) => typeof one === 'string')
    if (functions && texts) return
    const must = `${object}: with doGenerate, doStream, provider and modelId`
    throw invalidOption('model', model, must)
  }
  const is = version === undefined ? 'none' : `'${version}'`
  const mend = `this one has ${is}; take a version of its package for AI SDK 6 or 7`
  const must = `${object}, by version 'v3' or 'v4' of the specification; ${mend}`
  throw invalidOption('model', model, must)
}

type Settings = AiSdkSettings & { readonly headers?: Record<string, string> }

/** Throws HEDDLE_INVALID_OPTION, which does not repeat a header. */
function settingsOf({ headers, ...rest }: AiSdkSettings = {}): Settings {
  if (headers === undefined) return rest
  const isObject = isRecord(headers) && isPlain(headers)
  const given = isObject
    ? Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
    : headers
  return { ...rest, headers: { ...headersOf('settings.headers', given) } }
}

/** Throws HEDDLE_MODEL_FAILED: heddle's agents ask before, but a caller of its own may not. */
function checkCan(client: string, can: ModelCapabilities, { tools, output }: ModelRequest): void {
  const mend = 'say what it can in capabilities, or take another model'
  if (!can.tools && (tools ?? []).length > 0) {
    const names = tools?.map((tool) => `'${tool.name}'`).join(', ')
    throw oddRequest(client, `it can't call tools, and is given ${names}; ${mend}`)
  }
  if (can.structuredOutput || output === undefined) return
  throw oddRequest(client, `it can't answer by a JSON schema, and is given one; ${mend}`)
}

interface Calling {
  readonly settings: Settings
  readonly retries: number
  readonly clock: Clock
  readonly hide: Hide
}

class Caller {
  readonly #model: LanguageModelV4 | LanguageModelV3
  readonly #form: PromptForm
  readonly #calling: Calling

  constructor(model: LanguageModelV4 | LanguageModelV3, form: PromptForm, calling: Calling) {
    this.#model = model
    this.#form = form
    this.#calling = calling
  }

  async create(request: ModelRequest): Promise<ModelResult> {
    for await (const result of this.#inAttempts(request, (called) =>
      this.#whole(request, called),
    )) {
      return result
    }
    throw defect('a call of a model ended without its result')
  }

  stream(request: ModelRequest): AsyncGenerator<ModelChunk, void> {
    return this.#inAttempts(request, (called) => this.#pieces(request, called))
  }

  async *#whole(request: ModelRequest, called: Called): AsyncGenerator<ModelResult> {
    const given: unknown = await untilAborted(
      this.#call('doGenerate', request, called),
      request.signal,
    )
    if (!isRecord(given)) throw misshapen(called, 'answer', given, 'an object with content')
    assertTools(called, given.warnings, request)
    const answer = new Answer(called, this.#form.provider, idsOf(request))
    answer.addContent(given.content)
    const { structuredOutputText: text } = given
    const isAsked = request.output !== undefined && typeof text === 'string'
    yield answer.result(given, isAsked ? text : undefined)
  }

  async *#pieces(request: ModelRequest, called: Called): AsyncGenerator<ModelChunk> {
    const { signal } = request
    const reader = await untilAborted(this.#read(request, called), signal)
    const answer = new Answer(called, this.#form.provider, idsOf(request))
    try {
      for (;;) {
        const { done, value: part }: { done: boolean; value?: unknown } = await untilAborted(
          reader.read(),
          signal,
        )
        if (done) throw brokenOff(called.client, 'its stream ended before its answer was whole')
        if (isRecord(part) && part.type === 'stream-start') {
          assertTools(called, part.warnings, request)
        }
        if (isRecord(part) && part.type === 'finish') {
          yield { kind: 'result', result: answer.result(part) }
          return
        }
        yield* answer.add(part)
      }
    } finally {
      letGo(reader)
    }
  }

  async #read(request: ModelRequest, called: Called): Promise<ReadableStreamDefaultReader> {
    const given: unknown = await this.#call('doStream', request, called)
    const stream = isRecord(given) ? given.stream : undefined
    if (!isStream(stream)) throw misshapen(called, 'stream', stream, 'a ReadableStream')
    const reader = stream.getReader()
    if (request.signal?.aborted) letGo(reader) // nobody waits for it any more
    return reader
  }

  async #call(
    method: 'doGenerate' | 'doStream',
    request: ModelRequest,
    called: Called,
  ): Promise<unknown> {
    const model = this.#model
    const { settings } = this.#calling
    await checkUrls(model, called, request.messages)
    if (model.specificationVersion === 'v4') {
      return model[method]({ ...settings, ...callOptionsV4(this.#form, request) })
    }
    return model[method]({ ...settings, ...callOptionsV3(this.#form, request) })
  }

  /** Fails with the signal's reason once it has aborted, and otherwise as `failed` says. */
  #inAttempts<T>(
    { signal = new AbortController().signal, caller: { key: caller } }: ModelRequest,
    attempt: (called: Called) => AsyncIterable<T>,
  ): AsyncGenerator<T, void> {
    const { retries, clock, hide } = this.#calling
    const called = { client: this.#form.client, caller, hide, wallNow: () => clock.wallNow() }
    return inAttempts({ retries, clock, signal }, async function* () {
      signal.throwIfAborted()
      try {
        yield* attempt(called)
      } catch (error) {
        signal.throwIfAborted()
        throw failed(called, error)
      }
    })
  }
}

/** What ids begin with that a provider gives twice: the same when the turn runs again. */
function idsOf({ caller: { key, call } }: ModelRequest): string {
  return `${key}:${call}`
}

/** Not by its class: it may be of another realm, or a polyfill. */
function isStream(value: unknown): value is ReadableStream {
  return typeof Object(value).getReader === 'function'
}

/** Closes the connection, without waiting for that. */
function letGo(reader: ReadableStreamDefaultReader): void {
  reader.cancel().catch(() => {})
}

/**
 * Throws HEDDLE_MODEL_FAILED where the provider says that it has left out the tools: the model
 * would answer as if there were none. Other warnings are for the SDK's own log.
 */
function assertTools({ client }: Called, warnings: unknown, { tools }: ModelRequest): void {
  if (!Array.isArray(warnings) || (tools ?? []).length === 0) return
  const told = warnings.some((one) => {
    return isRecord(one) && one.type === 'unsupported' && one.feature === 'tools'
  })
  if (!told) return
  const names = tools?.map(({ name }) => `'${name}'`).join(', ')
  throw oddRequest(client, `it can't call tools, and was given ${names}; take another model`)
}
