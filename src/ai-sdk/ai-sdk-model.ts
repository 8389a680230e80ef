/** A model of the AI SDK as a model client. */
import { isRecord } from '../describe.ts'
import type {
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelMessage,
  ModelRequest,
  ModelResult,
  ToolSpec,
} from '../models/model.ts'
import { checkRules, invalidOption } from '../option-check.ts'
import { COUNT, FLAG, NAME, oneOf, type RulesOf, recordOf } from '../option-rules.ts'
import { untilAborted } from '../until.ts'
import { Answer } from './answer.ts'
import { brokenOff, failed, misshapen, oddRequest } from './model-failure.ts'
import { callOptionsV3, callOptionsV4, checkUrls, type PromptForm } from './prompt.ts'
import type { CallOptionsV4, LanguageModelV3, LanguageModelV4 } from './specification.ts'

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
  readonly names?: 'none' | 'prefix'
  /** Settings of each call. */
  readonly settings?: AiSdkSettings
}

/** The settings of the AI SDK that the caller does not decide. `reasoning`: version 4 alone. */
export type AiSdkSettings = Readonly<
  Pick<
    CallOptionsV4,
    | 'maxOutputTokens'
    | 'temperature'
    | 'topP'
    | 'topK'
    | 'presencePenalty'
    | 'frequencyPenalty'
    | 'stopSequences'
    | 'seed'
    | 'reasoning'
    | 'headers'
    | 'providerOptions'
  >
>

const SETTINGS: RulesOf<AiSdkSettings> = Object.fromEntries(
  [
    ...['maxOutputTokens', 'temperature', 'topP', 'topK', 'presencePenalty', 'frequencyPenalty'],
    ...['stopSequences', 'seed', 'reasoning', 'headers', 'providerOptions'],
  ].map((name) => [name, { must: 'as the AI SDK says', find: () => undefined }]),
) as unknown as RulesOf<AiSdkSettings>

const OPTIONS: RulesOf<AiSdkModelOptions> = {
  name: NAME,
  capabilities: recordOf<ModelCapabilities>({ tools: FLAG, vision: FLAG, structuredOutput: FLAG }),
  contextTokens: COUNT,
  names: oneOf('none', 'prefix'),
  settings: recordOf<AiSdkSettings>(SETTINGS),
}

/**
 * Any language model of the AI SDK, of version 4 or 3 of its specification, as a client for agents.
 * It does not try again: what fails, fails the turn. Throws HEDDLE_INVALID_OPTION for something
 * else, such as a model's id alone. Calls reject with HEDDLE_MODEL_FAILED, whose cause is the
 * provider's error, and with the signal's reason.
 */
export function aiSdkModel(
  model: LanguageModelV4 | LanguageModelV3,
  options: AiSdkModelOptions = {},
): ModelClient {
  checkModel(model)
  const { name, names = 'none', contextTokens, settings, ...rest } = checkRules(options, OPTIONS)
  const { provider, modelId } = model
  const client = name ?? `${provider}/${modelId}`
  const capabilities = { tools: true, vision: true, structuredOutput: true, ...rest.capabilities }
  const caller = new Caller(model, { client, provider, names }, settings)
  const checked = (request: ModelRequest) => {
    checkCan(client, capabilities, request)
    return request
  }
  return Object.freeze({
    name: client,
    capabilities: Object.freeze(capabilities),
    ...(contextTokens !== undefined && { contextTokens }),
    create: async (request: ModelRequest) => caller.create(checked(request)),
    stream: (request: ModelRequest) => caller.stream(checked(request)),
    countTokens,
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

class Caller {
  readonly #model: LanguageModelV4 | LanguageModelV3
  readonly #form: PromptForm
  readonly #settings: AiSdkSettings | undefined

  constructor(
    model: LanguageModelV4 | LanguageModelV3,
    form: PromptForm,
    settings: AiSdkSettings | undefined,
  ) {
    this.#model = model
    this.#form = form
    this.#settings = settings
  }

  create(request: ModelRequest): Promise<ModelResult> {
    return this.#failing(request, async () => {
      const given: unknown = await this.#call('doGenerate', request)
      const { client } = this.#form
      if (!isRecord(given)) throw misshapen(client, 'answer', given, 'an object with content')
      assertTools(client, given.warnings, request)
      const answer = this.#answer()
      answer.addContent(given.content)
      const { structuredOutputText: text } = given
      const isAsked = request.output !== undefined && typeof text === 'string'
      return answer.result(given, isAsked ? text : undefined)
    })
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelChunk> {
    const { client } = this.#form
    const reader = await this.#failing(request, async () => {
      const given: unknown = await this.#call('doStream', request)
      const stream = isRecord(given) ? given.stream : undefined
      if (!isStream(stream)) {
        throw misshapen(client, 'stream', stream, 'a ReadableStream')
      }
      const own = stream.getReader()
      if (request.signal?.aborted) letGo(own) // nobody waits for it any more
      return own
    })
    const answer = this.#answer()
    try {
      for (;;) {
        const step = await this.#failing(request, () => reader.read())
        const part: unknown = step.value
        if (step.done) throw brokenOff(client, 'its stream ended before its answer was whole')
        if (isRecord(part) && part.type === 'stream-start') {
          assertTools(client, part.warnings, request)
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

  #answer(): Answer {
    return new Answer(this.#form.client, this.#form.provider)
  }

  async #call(method: 'doGenerate' | 'doStream', request: ModelRequest): Promise<unknown> {
    const model = this.#model
    await checkUrls(model, this.#form.client, request.messages)
    if (model.specificationVersion === 'v4') {
      return model[method]({ ...this.#settings, ...callOptionsV4(this.#form, request) })
    }
    return model[method]({ ...this.#settings, ...callOptionsV3(this.#form, request) })
  }

  /** Rejects with the signal's reason once it has aborted, and otherwise as `failed` says. */
  async #failing<T>({ signal }: ModelRequest, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    try {
      return await untilAborted(work(), signal)
    } catch (error) {
      signal?.throwIfAborted()
      throw failed(this.#form.client, error)
    }
  }
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
function assertTools(client: string, warnings: unknown, { tools }: ModelRequest): void {
  if (!Array.isArray(warnings) || (tools ?? []).length === 0) return
  const told = warnings.some((one) => {
    return isRecord(one) && one.type === 'unsupported' && one.feature === 'tools'
  })
  if (!told) return
  const names = tools?.map(({ name }) => `'${name}'`).join(', ')
  throw oddRequest(client, `it can't call tools, and was given ${names}; take another model`)
}

/** About as many characters as a token has. */
const CHARACTERS = 4
/** What a picture takes, about. */
const PICTURE = 1_000

/** An estimate: the specification has no count. */
function countTokens(messages: readonly ModelMessage[], tools: readonly ToolSpec[] = []): number {
  let pictures = 0
  const text = JSON.stringify([messages, tools], (name, value: unknown) => {
    if (name === 'metadata') return undefined
    if (!isRecord(value) || (value.kind !== 'image' && value.kind !== 'image-url')) return value
    pictures++
    return undefined
  })
  return Math.ceil(text.length / CHARACTERS) + pictures * PICTURE
}
