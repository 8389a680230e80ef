/**
 * A language model that gives the answers a test has written.
 *
 * Owns: the list of the requests it was given.
 * Does not own: any count of them.
 * Invariant: the same call of the same caller gets the same answer, however often and in whichever
 * order calls are made. So a turn that runs again is answered as before, and each conversation
 * begins at the first answer.
 * Gotcha: each thread that loads the module has a model of its own, with its own `calls`.
 */
import { type Clock, systemClock } from '../clock.ts'
import { isError, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { jsonText } from '../json-text.ts'
import type {
  ContentPart,
  ModelCapabilities,
  ModelChunk,
  ModelClient,
  ModelMessage,
  ModelRequest,
  ModelResult,
  ToolCall,
  ToolSpec,
  Usage,
} from '../models/model.ts'
import { checkRules, invalidOption } from '../option-check.ts'
import {
  CLOCK,
  COUNT,
  eitherOf,
  FLAG,
  listOf,
  NAME,
  NUMBER,
  needed,
  type OptionRule,
  oneOf,
  type RulesOf,
  recordOf,
  ruleThat,
  TEXT,
} from '../option-rules.ts'
import { untilAborted } from '../until.ts'

/** One answer: a text, the parts of a model's result, or an error with which the call fails. */
export type ScriptedAnswer =
  | string
  | {
      /** Default: empty. */
      readonly content?: string
      readonly toolCalls?: readonly ScriptedToolCall[]
      readonly thought?: string
      /** Default: the number of words in the request and in the answer. */
      readonly usage?: Usage
      /** Default: `tool-calls` where there are any, otherwise `stop`. */
      readonly finish?: ModelResult['finish']
    }
  | { readonly fails: Error | string }

/** A tool call in a scripted answer. */
export interface ScriptedToolCall {
  readonly name: string
  /** An object becomes JSON; a text stays as it is, whether it is JSON or not. */
  readonly arguments: object | string
  /**
   * Default: the caller's key, the number of its call and the index in the answer, as in
   * `conv-7/writer:0.1`.
   */
  readonly id?: string
}

/**
 * A list of answers, indexed by the number of the caller's call, starting at 0; or a function of
 * the request.
 */
export type Script =
  | readonly ScriptedAnswer[]
  | ((request: ModelRequest) => ScriptedAnswer | Promise<ScriptedAnswer>)

/** What `scriptedModel` takes beside its script. */
export interface ScriptedModelOptions {
  /** Default: `scripted`. */
  readonly name?: string
  /** Capabilities that are not given are true. */
  readonly capabilities?: Partial<ModelCapabilities>
  /** Default: not known. */
  readonly contextTokens?: number
  /** Default: real time. */
  readonly clock?: Clock
  /** The wait before each answer, and again before each chunk of it. Default 0. */
  readonly delayMs?: number
}

export interface ScriptedModel extends ModelClient {
  readonly stream: NonNullable<ModelClient['stream']>
  /** All requests so far, oldest first, including those that failed. */
  readonly calls: readonly ModelRequest[]
  /** Forgets `calls`. The answers need no reset: nothing counts them. */
  reset(): void
}

const OPTIONS: RulesOf<ScriptedModelOptions> = {
  name: NAME,
  capabilities: recordOf<ModelCapabilities>({ tools: FLAG, vision: FLAG, structuredOutput: FLAG }),
  contextTokens: COUNT,
  clock: CLOCK,
  delayMs: ruleThat('a finite number of milliseconds, 0 or more', (value) => {
    return Number.isFinite(value) && Number(value) >= 0
  }),
}

type Failure = Extract<ScriptedAnswer, { readonly fails: unknown }>
type Said = Exclude<ScriptedAnswer, string | Failure>

const FAILURE = recordOf<Failure>({
  fails: needed(
    ruleThat('an error or a string', (value) => typeof value === 'string' || isError(value)),
  ),
})
const SAID = recordOf<Said>(
  {
    content: TEXT,
    thought: TEXT,
    toolCalls: listOf(
      recordOf<ScriptedToolCall>({
        name: needed(TEXT),
        arguments: needed(
          ruleThat(
            'an object or a string',
            (value) => typeof value === 'string' || isRecord(value),
          ),
        ),
        id: TEXT,
      }),
    ),
    usage: recordOf<Usage>({ promptTokens: needed(NUMBER), completionTokens: needed(NUMBER) }),
    finish: oneOf('stop', 'length', 'tool-calls', 'content-filter', 'unknown'),
  },
  'a string, an object with content or toolCalls, or one with fails',
)
const ANSWER = eitherOf(SAID.must, (answer) => {
  if (typeof answer === 'string') return TEXT
  return typeof answer === 'object' && answer !== null && 'fails' in answer ? FAILURE : SAID
})
const ANSWERS = listOf(ANSWER)

/**
 * A model for tests. Tokens are words between white space; a stream yields them one by one. Throws
 * HEDDLE_INVALID_OPTION for invalid answers and options; a call rejects with it when a function
 * gives an invalid answer. Calls reject with HEDDLE_NO_MORE_ANSWERS beyond the end of a list, with
 * the script's own error, and with the reason of the request's signal.
 */
export function scriptedModel(script: Script, options: ScriptedModelOptions = {}): ScriptedModel {
  const {
    name = 'scripted',
    contextTokens,
    clock = systemClock,
    delayMs = 0,
  } = checkRules(options, OPTIONS)
  if (typeof script !== 'function') check(ANSWERS, script, 'script')
  let calls: ModelRequest[] = []

  const record = (request: ModelRequest) => {
    calls.push({ ...request, messages: [...request.messages] })
  }
  const pause = (request: ModelRequest) => waitFor(delayMs, clock, request.signal)
  const answer = async (request: ModelRequest) => {
    await pause(request)
    const found = await untilAborted(pick(script, request), request.signal)
    if (found === undefined) {
      const { key, call } = request.caller
      throw new HeddleError('HEDDLE_NO_MORE_ANSWERS', { model: name, caller: key, call })
    }
    return resultOf(found, request)
  }

  return Object.freeze({
    name,
    capabilities: { tools: true, vision: true, structuredOutput: true, ...options.capabilities },
    ...(contextTokens === undefined ? {} : { contextTokens }),
    create: (request: ModelRequest) => {
      record(request)
      return answer(request)
    },
    stream: (request: ModelRequest) => {
      record(request)
      return inPieces(
        () => answer(request),
        () => pause(request),
      )
    },
    countTokens,
    get calls() {
      return calls
    },
    reset: () => {
      calls = []
    },
  })
}

/**
 * Rejects with the signal's reason, whether the signal has aborted already or aborts during the
 * wait.
 */
async function waitFor(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  if (ms <= 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const takeBack = clock.after(ms, resolve)
  try {
    await untilAborted(promise, signal)
  } finally {
    takeBack()
  }
}

/**
 * Yields an answer word by word, each after a pause, and then whole. The answer is requested at the
 * first read.
 */
async function* inPieces(
  answer: () => Promise<ModelResult>,
  pause: () => Promise<void>,
): AsyncGenerator<ModelChunk> {
  const result = await answer()
  for (const [text] of result.content.matchAll(/\s*\S+\s*|\s+/g)) {
    await pause()
    yield { kind: 'chunk', text }
  }
  yield { kind: 'result', result }
}

async function pick(script: Script, request: ModelRequest): Promise<ScriptedAnswer | undefined> {
  return typeof script === 'function' ? script(request) : script[request.caller.call]
}

/** Throws HEDDLE_INVALID_OPTION. */
function check(rule: OptionRule, value: unknown, what: string): void {
  const wrong = rule.find(value, what)
  if (wrong !== undefined) throw invalidOption(wrong.at, wrong.value, wrong.must)
}

function resultOf(answer: ScriptedAnswer, request: ModelRequest): ModelResult {
  check(ANSWER, answer, 'an answer of the script')
  if (typeof answer === 'string') return resultOf({ content: answer }, request)
  if ('fails' in answer) {
    throw typeof answer.fails === 'string' ? new Error(answer.fails) : answer.fails
  }
  const { content = '', thought } = answer
  const { key, call } = request.caller
  const toolCalls = (answer.toolCalls ?? []).map(
    ({ id = '', name, arguments: given }, at): ToolCall => ({
      id: id || `${key}:${call}.${at}`,
      name,
      arguments: typeof given === 'string' ? given : jsonText(given),
    }),
  )
  const {
    finish = toolCalls.length > 0 ? 'tool-calls' : 'stop',
    usage = {
      promptTokens: countTokens(request.messages, request.tools),
      completionTokens: wordsIn(thought ?? '', content, ...toolCalls.flatMap(textsOfCall)),
    },
  } = answer
  return { content, toolCalls, ...(thought === undefined ? {} : { thought }), finish, usage }
}

function countTokens(messages: readonly ModelMessage[], tools: readonly ToolSpec[] = []): number {
  const texts = tools.flatMap((tool) => [tool.name, tool.description, jsonText(tool.parameters)])
  return wordsIn(...messages.flatMap(textsOf), ...texts)
}

/** A picture counts as one word. */
function textsOf(message: ModelMessage): string[] {
  switch (message.role) {
    case 'system':
      return [message.content]
    case 'user':
      return textsIn(message.content)
    case 'assistant':
      return [
        message.thought ?? '',
        message.content,
        ...(message.toolCalls ?? []).flatMap(textsOfCall),
      ]
    case 'tool':
      return message.results.flatMap(({ content }) => textsIn(content))
  }
}

function textsIn(content: string | readonly ContentPart[]): string[] {
  if (typeof content === 'string') return [content]
  return content.map((part) => (part.kind === 'text' ? part.text : part.kind))
}

function textsOfCall(call: ToolCall): string[] {
  return [call.name, call.arguments]
}

function wordsIn(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0)
}
