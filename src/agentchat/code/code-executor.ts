/**
 * An agent that runs code: code that others have written, or that its own model writes. One turn is
 * one call of `respond`; with a model, what the model is shown is in the context's history.
 */

import { callOut } from '../../agents/call-out.ts'
import { describe } from '../../errors.ts'
import type { JsonSchema } from '../../messages/json-schema.ts'
import { digestOf } from '../../messages/payload-digest.ts'
import { type CodeBlock, codeBlocksIn, languageOf } from '../../models/code-blocks.ts'
import { jsonIn } from '../../models/json-answer.ts'
import type { ModelClient, ModelResult } from '../../models/model.ts'
import {
  ELSEWHERE,
  FLAG,
  FUNCTION,
  listOf,
  NAME,
  needed,
  type RulesOf,
  recordOf,
  shapeOf,
  TEXT,
  WHOLE,
} from '../../option-rules.ts'
import { onceIn, turnIdOf } from '../agents/asking.ts'
import type { ChatAgent, ChatContext, Response } from '../agents/chat-agent.ts'
import { defineChatAgent } from '../agents/define-chat-agent.ts'
import { askerOf, ModelCalls } from '../agents/model-call.ts'
import { checkClient } from '../agents/model-client.ts'
import { type ChatMessage, textOf, toModelMessage } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { finishOf } from '../messages/unfinished.ts'

/** The outcome of running code. A non-zero exit code is an outcome, not an error. */
export interface CodeOutcome {
  readonly exitCode: number
  readonly output: string
}

/** Where code runs: `processExecutor()`, or one of your own over a container or a service. */
export interface CodeExecutor {
  /**
   * Runs the blocks one after another, up to the first that fails. The key is the same when a turn
   * runs again: where code must not run twice, keep the outcome under the key. Rejects where it
   * can't tell the outcome, and with the signal's reason; a rejection fails the turn.
   */
  run(
    blocks: readonly CodeBlock[],
    options: { readonly signal: AbortSignal; readonly idempotencyKey: string },
  ): Promise<CodeOutcome>
}

/**
 * The code that is about to run, and the messages that are new to the agent. `signal` aborts when
 * the answer is not needed any more.
 */
export interface ApprovalRequest {
  readonly blocks: readonly CodeBlock[]
  readonly messages: readonly ChatMessage[]
  readonly signal: AbortSignal
}

/** Whether code may run. */
export interface Approval {
  readonly approved: boolean
  /** Reported where code is refused. */
  readonly reason: string
}

/** The options of `codeExecutorAgent`. */
export interface CodeExecutorOptions {
  readonly name: string
  readonly execute: CodeExecutor
  /**
   * Default: "Runs code, and reports the result.", with a model "Solves tasks with code that it
   * writes and runs."
   */
  readonly description?: string
  /** Without a model: only code in messages from these sources is run. Default: from all. */
  readonly sources?: readonly string[]
  /** Blocks in other languages are passed over. Default: `javascript`, `python`, `sh`. */
  readonly languages?: readonly string[]
  /**
   * Called before anything runs. A turn fails when it returns something other than an `Approval`.
   * Default: everything is run.
   */
  readonly approve?: (request: ApprovalRequest) => Approval | Promise<Approval>
  /** Writes the code. Default: none; the agent then runs code that others have written. */
  readonly model?: ModelClient
  /** How often the model may try again after code has failed. Default 0. */
  readonly maxRetries?: number
}

interface Settings extends CodeExecutorOptions {
  readonly languages: readonly string[]
  readonly maxRetries: number
}

const RULES: RulesOf<CodeExecutorOptions> = {
  name: ELSEWHERE,
  execute: needed(shapeOf('what executes code: processExecutor(…), or an object with run', 'run')),
  description: TEXT,
  sources: listOf(NAME, 1),
  languages: listOf(NAME, 1),
  approve: FUNCTION,
  model: ELSEWHERE,
  maxRetries: WHOLE,
}
const APPROVAL = recordOf<Approval>(
  { approved: needed(FLAG), reason: TEXT },
  'an object with approved and reason',
  'allowed',
)

const RUNS = 'Runs code, and reports the result.'
const WRITES = 'Solves tasks with code that it writes and runs.'
const RETRY_SCHEMA = {
  type: 'object',
  properties: { reason: { type: 'string' }, retry: { type: 'boolean' } },
  required: ['reason', 'retry'],
  additionalProperties: false,
}
const RETRY_PROMPT =
  'The code has failed. Could you correct it, so that it is worth another try? Answer with JSON alone: { "reason": "what was wrong, and what you would change", "retry": true or false }'
const AGAIN_PROMPT = 'Then write the corrected code again, whole.'
const SUMMARY_PROMPT =
  'Answer with the result in your own words, or say why there is none. Do not write code.'

/**
 * An agent that runs fenced code blocks: without a model, the blocks in the new text messages, all
 * in one call; it answers with the exit code and the output. With a model, the model writes the
 * code or answers without any; what was run is shown as `code-generated` and `code-executed`
 * events, and the model sums up the outcome. Where `approve` refuses, nothing runs, and the agent
 * says so.
 *
 * Code runs again when its turn does: see `CodeExecutor`. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function codeExecutorAgent(options: CodeExecutorOptions): ChatAgent {
  checkOptions<CodeExecutorOptions>('chat agent', options, RULES)
  const { name, model, maxRetries = 0 } = options
  const languages = (options.languages ?? ['javascript', 'python', 'sh']).map(languageOf)
  const refuse = (problem: string) => refuseChat('chat agent', problem, String(name))
  if (model !== undefined) checkClient(model, refuse)
  if (model === undefined && maxRetries > 0) throw refuse('it is to retry, and has no model')
  if (model !== undefined && options.sources !== undefined) {
    throw refuse('it has sources and a model; only what the model writes would be run')
  }
  const settings = { ...options, languages, maxRetries }
  const what = model === undefined ? RUNS : WRITES
  return defineChatAgent({
    name,
    description: options.description ?? what,
    respond: (messages, context) => {
      const turn = new CodeTurn(settings, messages, context)
      return model === undefined ? turn.runWhatOthersWrote() : turn.solve(model)
    },
  })
}

class CodeTurn {
  readonly #settings: Settings
  readonly #messages: readonly ChatMessage[]
  readonly #context: ChatContext
  /** The id of the message that the turn ends with. */
  readonly #id: string
  readonly #calls: ModelCalls
  /** Of the model's last answer. */
  #finish: ModelResult['finish'] | undefined

  constructor(settings: Settings, messages: readonly ChatMessage[], context: ChatContext) {
    this.#settings = settings
    this.#messages = messages
    this.#context = context
    this.#id = context.nextId()
    this.#calls = new ModelCalls(askerOf(settings.name, context))
  }

  async runWhatOthersWrote(): Promise<Response> {
    const { sources, languages } = this.#settings
    const blocks = this.#messages
      .filter(({ kind, source }) => kind === 'text' && sources?.includes(source) !== false)
      .flatMap((message) => this.#blocksIn(textOf(message)))
    if (blocks.length === 0) {
      const known = languages.join(', ')
      return this.#say(
        `There is no code to run. Give it in fenced blocks, each with its language: ${known}.`,
      )
    }
    const refusal = await this.#refusal(blocks)
    if (refusal !== undefined) return this.#say(refusal)
    return this.#say(reportOf(await this.#execute(blocks, 1)))
  }

  async solve(model: ModelClient): Promise<Response> {
    const { name: source, maxRetries } = this.#settings
    const { history, emit } = this.#context
    for (const message of this.#messages) {
      if (message.kind === 'handoff') history.append(...message.context)
      const text = { role: 'user' as const, content: textOf(message), source: message.source }
      history.append(model.capabilities.vision ? toModelMessage(message) : text)
    }
    for (let attempt = 1; ; attempt++) {
      const content = await this.#ask(model)
      history.append({ role: 'assistant', source, content })
      const blocks = this.#blocksIn(content)
      if (blocks.length === 0) return this.#say(content, this.#finish)
      const code = blocks.map((block) => block.code).join('\n\n')
      emit({ kind: 'code-generated', source, attempt, code })
      const refusal = await this.#refusal(blocks)
      if (refusal !== undefined) {
        history.append({ role: 'user', source, content: refusal })
        return this.#say(refusal)
      }
      const { exitCode, output } = await this.#execute(blocks, attempt)
      emit({ kind: 'code-executed', source, attempt, exitCode, output })
      history.append({ role: 'user', source, content: reportOf({ exitCode, output }) })
      if (exitCode === 0 || attempt > maxRetries || !(await this.#triesAgain(model))) break
    }
    const content = await this.#ask(model, SUMMARY_PROMPT)
    history.append({ role: 'assistant', source, content })
    return this.#say(content, this.#finish)
  }

  /** An answer that can't be read counts as a no: the summary then says what has failed. */
  async #triesAgain(model: ModelClient): Promise<boolean> {
    const { name: source } = this.#settings
    const answer = jsonIn(await this.#ask(model, RETRY_PROMPT, RETRY_SCHEMA))
    if (typeof answer !== 'object' || answer === null) return false
    const { retry, reason } = answer as { readonly retry?: unknown; readonly reason?: unknown }
    if (retry !== true) return false
    // Some providers refuse an answer without text.
    const content = typeof reason === 'string' && reason !== '' ? reason : '(no reason)'
    this.#context.history.append(
      { role: 'assistant', source, content },
      { role: 'user', source, content: AGAIN_PROMPT },
    )
    return true
  }

  /** `prompt` is shown in this call alone, and not kept. */
  async #ask(model: ModelClient, prompt?: string, output?: JsonSchema): Promise<string> {
    const { history } = this.#context
    const { languages, name } = this.#settings
    const { content, finish } = await this.#calls.whole(model, {
      messages: [
        { role: 'system', content: systemOf(languages) },
        ...history.read(),
        ...(prompt === undefined ? [] : [{ role: 'user' as const, source: name, content: prompt }]),
      ],
      ...(output !== undefined && model.capabilities.structuredOutput && { output }),
    })
    this.#finish = finish
    return content
  }

  /** Why nothing may run; undefined when it may. */
  async #refusal(blocks: readonly CodeBlock[]): Promise<string | undefined> {
    const { approve, name } = this.#settings
    const { signal } = this.#context
    if (approve === undefined) return undefined
    const messages = this.#messages
    const approval = await callOut(signal, () => approve({ blocks, messages, signal }))
    if (APPROVAL.find(approval, '') !== undefined) {
      const problem = `its approve gave ${describe(approval)}, and must give ${APPROVAL.must}`
      throw refuseChat('chat agent', problem, name)
    }
    if (approval.approved) return undefined
    return `The code was not run, since it was not approved: ${approval.reason || 'no reason was given'}`
  }

  async #execute(blocks: readonly CodeBlock[], attempt: number): Promise<CodeOutcome> {
    const { signal } = this.#context
    const { execute, name } = this.#settings
    const idempotencyKey = `${turnIdOf(this.#context)}:${attempt}`
    const run = () => callOut(signal, () => execute.run(blocks, { signal, idempotencyKey }))
    const once = onceIn(this.#context)
    const outcome = await (once === undefined
      ? run()
      : once(`code ${attempt} ${digestOf(blocks)}`, run))
    const { exitCode, output } = Object(outcome) as Partial<CodeOutcome>
    if (Number.isSafeInteger(exitCode) && typeof output === 'string') return outcome
    const problem = `what executes its code gave ${describe(outcome)}, and must give exitCode and output`
    throw refuseChat('chat agent', problem, name)
  }

  #blocksIn(text: string): CodeBlock[] {
    return codeBlocksIn(text).filter(({ language }) => this.#settings.languages.includes(language))
  }

  #say(content: string, finish?: ModelResult['finish']): Response {
    const { name: source, model } = this.#settings
    const common = {
      id: this.#id,
      source,
      ...(model !== undefined && { usage: this.#calls.usage }),
      ...finishOf(finish),
    }
    return { kind: 'message', message: { kind: 'text', ...common, content } }
  }
}

function reportOf({ exitCode, output }: CodeOutcome): string {
  return `Exit code ${exitCode}.${output.trim() === '' ? ' There was no output.' : ` Output:\n${output}`}`
}

function systemOf(languages: readonly string[]): string {
  return `You solve tasks with code. Write each program whole into a fenced block that names its language, one of these: ${languages.join(', ')}. All such blocks of an answer are run at once, in their order; then you are shown the exit code and the output, so let the code print what you need to see, and do not guess what it will print. Nobody can type anything in. Where no code is needed, answer without any.`
}
