/**
 * The calls of one client, over the package `openai`.
 *
 * Owns: the package's client, made at the first call.
 * Invariants: the package neither repeats a call nor ends it, nor writes to the console, nor takes
 * anything from the environment; when the signal of a call has aborted, the call fails with its
 * reason.
 */
import type { OpenAI } from 'openai'
import type { Clock } from '../clock.ts'
import { defect } from '../defect.ts'
import { inAttempts } from '../models/attempts.ts'
import type { ModelCapabilities, ModelChunk, ModelRequest, ModelResult } from '../models/model.ts'
import { loadPeer } from '../models/peer.ts'
import { Answer } from './answer.ts'
import { CallSignal } from './call-signal.ts'
import type { Destination } from './destination.ts'
import {
  assertNoError,
  brokenOff,
  type Called,
  failureOf,
  modelFailed,
  oddAnswer,
} from './failure.ts'
import { fetchTo, heardBy } from './fetch-to.ts'
import { paramsOf } from './request.ts'
import type { SourceNames } from './source-names.ts'

export interface CallSettings {
  /** At the provider. */
  readonly model: string
  /** In errors. */
  readonly name: string
  readonly capabilities: ModelCapabilities
  readonly destination: Destination
  readonly extraBody: Readonly<Record<string, unknown>>
  readonly sourceNames: SourceNames
  readonly retries: number
  readonly timeoutMs: number
  readonly idleTimeoutMs: number
  readonly clock: Clock
}

type WholeParams = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming
type StreamParams = OpenAI.Chat.ChatCompletionCreateParamsStreaming
type Attempt<T> = (client: OpenAI, called: Called, call: CallSignal) => AsyncIterable<T>

/** Longer than any call: the timer of the package would end one at a time that nobody chose. */
const NEVER_MS = 2 ** 31 - 1

export class Calls {
  readonly #settings: CallSettings
  #client: Promise<OpenAI> | undefined

  constructor(settings: CallSettings) {
    this.#settings = settings
  }

  async whole(request: ModelRequest): Promise<ModelResult> {
    const body = { ...this.#bodyOf(request), stream: false } as WholeParams
    const results = this.#inCall(request, async function* (client, called, { signal }) {
      const given: unknown = await client.chat.completions.create(body, { signal })
      assertNoError(given, called)
      const answer = new Answer(idsOf(request))
      const odd = answer.addWhole(given)
      if (odd !== undefined) throw oddAnswer(called, odd.problem)
      yield resultOf(answer, called)
    })
    for await (const result of results) return result
    throw defect('an attempt yields a result, or throws')
  }

  inPieces(request: ModelRequest): AsyncGenerator<ModelChunk, void> {
    const usage = { stream_options: { include_usage: true } }
    const body = { ...usage, ...this.#bodyOf(request), stream: true } as StreamParams
    return this.#inCall(request, async function* (client, called, call) {
      const fetchOptions = heardBy(() => call.stir())
      const sent = client.chat.completions.create(body, { signal: call.signal, fetchOptions })
      const { data: events, response } = await sent.withResponse()
      const whole = copyOfJson(response)
      const answer = new Answer(idsOf(request))
      let count = 0
      for await (const event of events) {
        call.hear()
        count++
        const pieces = answer.addEvent(event)
        if ('kind' in pieces) throw oddAnswer(called, pieces.problem)
        yield* pieces
        call.listen()
      }
      call.signal.throwIfAborted() // the package ends a stream that is aborted as if it were whole
      if (count === 0) {
        if (whole !== undefined) assertNoError(await whole.json(), called)
        throw oddAnswer(called, noEvents(response.headers.get('content-type')))
      }
      yield { kind: 'result', result: resultOf(answer, called) }
    })
  }

  #bodyOf(request: ModelRequest): object {
    const { model, extraBody, sourceNames } = this.#settings
    const { messages, ...rest } = paramsOf(model, request, sourceNames)
    return { ...rest, ...extraBody, model, messages }
  }

  async *#inCall<T>(request: ModelRequest, attempt: Attempt<T>): AsyncGenerator<T, void> {
    const { name: model, destination, retries, clock, timeoutMs, idleTimeoutMs } = this.#settings
    const { key: caller } = request.caller
    const called = { model, caller, destination, wallNow: () => clock.wallNow() }
    checkNeeds(request, this.#settings.capabilities, called)
    const late = (option: string, ms: number) => {
      const what = option === 'timeoutMs' ? 'it did not answer within' : 'it was silent for'
      return modelFailed(called, 'timeout', `${what} ${ms} ms; raise ${option} if it may be`)
    }
    const call = new CallSignal(request.signal, { clock, timeoutMs, idleTimeoutMs, late })
    const { signal } = call
    const connect = () => this.#connect()
    try {
      signal.throwIfAborted()
      const client = await connect()
      const leftMs = () => call.leftMs
      yield* inAttempts({ retries, clock, signal, leftMs }, async function* () {
        try {
          yield* attempt(client, called, call)
        } catch (error) {
          signal.throwIfAborted()
          throw failureOf(error, called)
        } finally {
          call.hear()
        }
      })
    } finally {
      call.close()
    }
  }

  #connect(): Promise<OpenAI> {
    this.#client ??= connectTo(this.#settings.destination)
    return this.#client
  }
}

async function connectTo(destination: Destination): Promise<OpenAI> {
  const { OpenAI } = await loadPeer('openai', 'heddle/openai', () => import('openai'))
  return new OpenAI({
    baseURL: destination.baseURL,
    fetch: fetchTo(destination),
    // what it is not given it takes from the environment
    apiKey: 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
  })
}

/** A call is refused that asks for what the model can't do. */
function checkNeeds(request: ModelRequest, can: ModelCapabilities, called: Called): void {
  const { tools = [], output, messages } = request
  const refuse = (what: string, capability: string) => {
    const mend = `leave them out, or set capabilities.${capability}`
    return modelFailed(called, 'request', `it can't take ${what}, by its capabilities; ${mend}`)
  }
  if (tools.length > 0 && !can.tools) throw refuse('tools', 'tools')
  if (output !== undefined && !can.structuredOutput) throw refuse('schemas', 'structuredOutput')
  if (can.vision) return
  const contents = messages.flatMap((message) => {
    if (message.role === 'tool') return message.results.map(({ content }) => content)
    return message.role === 'user' ? [message.content] : []
  })
  const shows = contents.some((content) => {
    return typeof content !== 'string' && content.some(({ kind }) => kind !== 'text')
  })
  if (shows) throw refuse('pictures', 'vision')
}

function resultOf(answer: Answer, called: Called): ModelResult {
  const { finish, result } = answer
  if (finish === undefined) throw brokenOff(called)
  if (finish === 'error') {
    throw modelFailed(called, 'server', 'its server gave up in the middle of the answer')
  }
  if (result.toolCalls.some(({ name }) => name === '')) {
    throw oddAnswer(called, 'a tool call without a name')
  }
  return result
}

/** A server that sends JSON in place of a stream may say why. */
function copyOfJson(response: Response): Response | undefined {
  return /\bjson\b/i.test(response.headers.get('content-type') ?? '') ? response.clone() : undefined
}

function noEvents(contentType: string | null): string {
  if (/^text\/event-stream\b/i.test(contentType ?? '')) return 'a stream without an event'
  const what = contentType === null ? 'something' : `'${contentType}'`
  return `${what} and not a stream of events; check baseURL`
}

/** What ids begin with that a server leaves out: the same when the turn runs again. */
function idsOf({ caller: { key, call } }: ModelRequest): string {
  return `${key}:${call}`
}
