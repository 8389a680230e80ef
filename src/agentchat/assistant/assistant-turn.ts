/** One turn of an assistant: from what is new to its answer. */

import { callOut, dropLate } from '../../agents/call-out.ts'
import { thrownText } from '../../describe.ts'
import { describe, HeddleError } from '../../errors.ts'
import { digestOf } from '../../messages/payload-digest.ts'
import type { Plain } from '../../messages/plain.ts'
import {
  addUsage,
  type ModelMessage,
  type ModelResult,
  NO_USAGE,
  type ToolCall,
  type ToolResult,
  type ToolSpec,
  type Usage,
} from '../../models/model.ts'
import { shownWhile } from '../../tools/progress.ts'
import { runToolCalls } from '../../tools/tool-calls.ts'
import { checkNames, namedBy, toolsOf } from '../../tools/tool-source.ts'
import {
  Asking,
  answersTo,
  askedBy,
  deferred,
  type InnerAnswer,
  type InnerAsk,
  newsOf,
  onceIn,
  turnIdOf,
} from '../agents/asking.ts'
import type { ChatContext, Response } from '../agents/chat-agent.ts'
import { askerOf, ModelCalls, type Question } from '../agents/model-call.ts'
import { type Showing, shownOf } from '../agents/model-context.ts'
import { type ChatMessage, textOf, textOfParts, toModelMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import { contentFor, type StructuredType } from '../messages/structured.ts'
import { finishOf } from '../messages/unfinished.ts'
import type { Tool } from '../tools/chat-tool.ts'
import { type Assistant, ownNames } from './assistant-options.ts'
import { memoryText, recall } from './memory.ts'

/** A round of tool calls. */
interface Round {
  /** Its number in the turn, from 0. */
  readonly at: number
  readonly calls: readonly ToolCall[]
  readonly thought: string | null
  /** In the order of the calls; null: a team is to answer. */
  readonly results: readonly (ToolResult | null)[]
  readonly isOver: boolean
}

/** What a turn keeps that asks teams. */
interface Kept {
  readonly id: string
  readonly round: Round
  readonly usage: Usage
  readonly memories: readonly string[]
}

export class AssistantTurn {
  readonly #assistant: Assistant
  readonly #context: ChatContext
  /** The message of the present model call. That of the last one is the turn's. */
  #id: string
  /** Whether the turn has called its model before. */
  #isLater = false
  readonly #calls: ModelCalls
  /** What the turn kept when it asked teams. */
  readonly #kept: Kept | undefined
  readonly #asks: InnerAsk[] = []
  #memories: readonly string[] = []
  /** Its own, and those that its sources had before the present model call. */
  #tools: ReadonlyMap<string, Tool>
  /** Of the last model call. */
  #finish: ModelResult['finish'] | undefined

  constructor(assistant: Assistant, context: ChatContext) {
    const { state } = context
    this.#assistant = assistant
    this.#context = context
    this.#tools = assistant.tools
    this.#kept = answersTo(context) && (state.round as unknown as Kept | undefined)
    delete state.round
    this.#id = this.#kept?.id ?? context.nextId()
    this.#isLater = this.#kept !== undefined
    this.#memories = this.#kept?.memories ?? []
    this.#calls = new ModelCalls(askerOf(assistant.name, context))
  }

  async respond(messages: readonly ChatMessage[]): Promise<Response> {
    const { maxToolIterations, reflect } = this.#assistant
    let round = this.#resumed
    if (round === undefined) await this.#takeIn(messages)
    for (;;) {
      if (round === undefined || round.isOver) {
        const at = round === undefined ? 0 : round.at + 1
        if (at === maxToolIterations) break
        const { content, toolCalls: calls, thought = null } = await this.#ask('auto')
        if (calls.length === 0) return this.#answer(content)
        const results = await this.#runTools(calls, at)
        round = { at, calls, thought, results, isOver: false }
        if (results.includes(null)) return this.#suspend(round)
      }
      this.#keep(round.results as readonly ToolResult[])
      const handoff = this.#handoffIn(round)
      if (handoff !== undefined) return { kind: 'message', message: handoff }
      round = { ...round, isOver: true }
    }
    if (reflect === 'never') return { kind: 'message', message: this.#summary(round as Round) }
    const { content } = await this.#ask('none')
    return this.#answer(content)
  }

  /** The round that the turn goes on with, if it has asked teams and they have answered. */
  get #resumed(): Round | undefined {
    const answers = answersTo(this.#context)
    if (answers === undefined || this.#kept === undefined) return undefined
    const { calls, results, ...round } = this.#kept.round
    const left = [...answers]
    const all = results.map((result, at) => {
      return result ?? answerOf(calls[at] as ToolCall, left.shift() as InnerAnswer)
    })
    return { ...round, calls, results: all }
  }

  /** Ends the turn for now: it has asked teams, and is called again with their answers. */
  #suspend(round: Round): Response {
    const kept: Kept = { id: this.#id, round, usage: this.#usage, memories: this.#memories }
    this.#context.state.round = kept as unknown as Plain
    return new Asking(this.#asks).response
  }

  async #takeIn(messages: readonly ChatMessage[]): Promise<void> {
    const { history, signal, emit } = this.#context
    for (const message of messages) {
      if (message.kind === 'handoff') history.append(...message.context)
      history.append(toModelMessage(message))
    }
    const { name: source, memory } = this.#assistant
    const found = await Promise.all(memory.map((one) => recall(one, source, messages, signal)))
    this.#memories = found.flat()
    if (this.#memories.length > 0) emit({ kind: 'memory', source, items: [...this.#memories] })
  }

  async #ask(toolChoice: 'auto' | 'none'): Promise<ModelResult> {
    const { name: source } = this.#assistant
    const { history, emit, nextId } = this.#context
    if (this.#isLater) {
      this.#id = nextId()
      for (const message of await newsOf(this.#context)) history.append(toModelMessage(message))
    }
    this.#isLater = true
    if (toolChoice === 'auto') await this.#askSources()
    const result = await this.#call(this.#question(toolChoice))
    const { content, toolCalls, thought, metadata, finish } = result
    this.#finish = finish
    if (thought !== undefined) emit({ kind: 'thought', source, content: thought })
    history.append({
      role: 'assistant',
      source,
      content,
      ...(toolCalls.length > 0 && { toolCalls }),
      ...(thought !== undefined && { thought }),
      ...(metadata !== undefined && { metadata }),
    })
    return result
  }

  async #askSources(): Promise<void> {
    const { name, sources, tools, handoffs } = this.#assistant
    if (sources.length === 0) return
    const lists = await toolsOf(sources, this.#context.signal)
    const named = lists.flatMap((list) => {
      return namedBy(
        list.source,
        list.tools.map((tool) => tool.name),
      )
    })
    checkNames(name, [...ownNames(tools, handoffs), ...named])
    const found = lists.flatMap((list) => list.tools.map((tool) => [tool.name, tool] as const))
    this.#tools = new Map([...tools, ...found])
  }

  #question(toolChoice: 'auto' | 'none'): Question {
    const { name, model, system, context, output } = this.#assistant
    const { history } = this.#context
    const tools = toolChoice === 'none' ? [] : this.#toolSpecs()
    const told = [system ?? '', memoryText(this.#memories)]
      .filter((text) => text !== '')
      .map((content): ModelMessage => ({ role: 'system', content }))
    const showing: Showing = { about: 'chat agent', name, model, context, told }
    const shown = shownOf(showing, history.read(), tools)
    return {
      messages: [...told, ...(model.capabilities.vision ? shown : shown.map(withoutPictures))],
      ...(tools.length > 0 && { tools, toolChoice }),
      ...(output?.jsonSchema !== undefined && { output: output.jsonSchema }),
    }
  }

  #toolSpecs(): ToolSpec[] {
    const { handoffs } = this.#assistant
    const own = [...this.#tools.values()].map(({ name, description, parameters }) => {
      return { name, description, parameters }
    })
    return [...own, ...[...handoffs.values()].map(({ spec }) => spec)]
  }

  /** A model that streams shows its answer as it comes. */
  #call(question: Question): Promise<ModelResult> {
    const { model, stream, name: source } = this.#assistant
    const { emit } = this.#context
    if (stream === 'whole') return this.#calls.whole(model, question)
    return this.#calls.inChunks(model, question, (piece) => {
      const messageId = this.#id
      if (piece.kind === 'tool-input') {
        const { kind, callId, name, text: content } = piece
        return emit({ kind, source, messageId, callId, name, content })
      }
      const kind = piece.kind === 'thought' ? 'thought-chunk' : 'chunk'
      emit({ kind, source, messageId, content: piece.text })
    })
  }

  /** Null for each call that a team is to answer. */
  async #runTools(
    calls: readonly ToolCall[],
    round: number,
  ): Promise<readonly (ToolResult | null)[]> {
    const { name: source, handoffs, toolsAtOnce } = this.#assistant
    const tools = this.#tools
    const { emit, nextId, spending, signal } = this.#context
    emit({ kind: 'tool-calls', source, calls: [...calls] })
    const real = calls.filter(({ name }) => !handoffs.has(name))
    for (const _ of real) spending.toolCall()
    const isForTeam = (name: string) => askedBy(tools.get(name) ?? tools).size > 0
    const once = onceIn(this.#context)
    const runOne = (tool: Tool, call: ToolCall) => {
      const place = `${round}.${calls.indexOf(call)}`
      const idempotencyKey = `${turnIdOf(this.#context)}:${place}`
      const { id: callId, name } = call
      const { show: progress, end } = shownWhile(signal, name, (content) => {
        emit({ kind: 'tool-progress', source, callId, name, content })
      })
      const context = { callId, agent: source, idempotencyKey, signal, emit, progress }
      const run = () => callOut(signal, () => tool.call(call, context)).finally(end)
      if (isForTeam(call.name)) deferred.add(context)
      else if (once !== undefined) return once(`tool ${place} ${digestOf(call)}`, run)
      return run()
    }
    const ran = await runToolCalls(real, tools, runOne, toolsAtOnce)
    return calls.map((call) => {
      const handoff = handoffs.get(call.name)
      if (handoff !== undefined) {
        return { callId: call.id, name: call.name, content: handoff.message, isError: false }
      }
      const result = ran[real.indexOf(call)] as ToolResult
      if (!isForTeam(call.name) || result.isError) return result
      const message = {
        kind: 'text',
        id: nextId(),
        source: 'user',
        content: textOfParts(result.content),
      } as const
      this.#asks.push({ to: call.name, messages: [message], afresh: false, whole: false })
      return null
    })
  }

  /** Keeps and shows the results of a round. */
  #keep(results: readonly ToolResult[]): void {
    const { emit, history } = this.#context
    emit({ kind: 'tool-results', source: this.#assistant.name, results })
    history.append({ role: 'tool', results })
  }

  /** The first handoff that the model asked for, with the messages of the tool calls beside it. */
  #handoffIn({ calls, results: all, thought }: Round): ChatMessage | undefined {
    const results = all as readonly ToolResult[]
    const { handoffs, name: source } = this.#assistant
    const at = calls.findIndex(({ name }) => handoffs.has(name))
    const handoff = handoffs.get(calls[at]?.name ?? '')
    if (handoff === undefined) return undefined
    const isWork = ({ name }: { readonly name: string }) => !handoffs.has(name)
    const toolCalls = calls.filter(isWork)
    const context: ModelMessage[] = []
    if (toolCalls.length > 0) {
      context.push({ role: 'assistant', source, content: '', toolCalls })
      context.push({ role: 'tool', results: results.filter(isWork) })
    } else if (thought !== null) context.push({ role: 'assistant', source, content: thought })
    const { target } = handoff
    const content = textOfParts((results[at] as ToolResult).content)
    return { kind: 'handoff', ...this.#common(), target, content, context }
  }

  #summary({ calls, results: all }: Round): ChatMessage {
    const results = all as readonly ToolResult[]
    const { name, summary } = this.#assistant
    const lines = calls.map((call, at) => {
      const line: unknown = summary(call, results[at] as ToolResult)
      if (typeof line === 'string') return line
      dropLate(line)
      const problem = `its summary gave ${describe(line)}, and must give a string, at once`
      throw refuseChat('chat agent', problem, name)
    })
    const content = lines.join('\n')
    return {
      kind: 'tool-summary',
      ...this.#common(),
      content,
      toolCalls: [...calls],
      results: [...results],
    }
  }

  #answer(content: string): Response {
    const { output } = this.#assistant
    const common = this.#common()
    if (output === undefined)
      return { kind: 'message', message: { kind: 'text', ...common, content } }
    const { format } = output
    const structured = { kind: 'structured' as const, ...common, format }
    return {
      kind: 'message',
      message: { ...structured, content: this.#contentOf(output, content) },
    }
  }

  /** The schema's input: readers of the message get the schema's output. */
  #contentOf(type: StructuredType<unknown>, text: string): unknown {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      throw this.#unusable(this.#whyNone(text) ?? 'it is no JSON', cause)
    }
    const fitting = contentFor(type, value)
    if (fitting.kind === 'fits') return fitting.content
    const misfit = `for the structured message '${type.format}' it ${fitting.problem}`
    throw this.#unusable(this.#whyNone(text) ?? misfit)
  }

  /** Why the model gave no JSON, where its provider says it. */
  #whyNone(text: string): string | undefined {
    if (this.#finish === 'length') {
      return 'the answer was cut at its length; raise max_tokens in extraBody, or maxOutputTokens in settings'
    }
    if (this.#finish !== 'content-filter') return undefined
    if (text.trim() === '') return "the answer was withheld by the provider's filter"
    return `the model refused, or the provider's filter withheld the rest: ${describe(text)}`
  }

  #common() {
    const { name: source } = this.#assistant
    return { id: this.#id, source, usage: this.#usage, ...finishOf(this.#finish) }
  }

  /** Of all its model calls. */
  get #usage(): Usage {
    return addUsage(this.#kept?.usage ?? NO_USAGE, this.#calls.usage)
  }

  #unusable(problem: string, cause?: unknown): HeddleError {
    const { name: agent } = this.#assistant
    return new HeddleError('HEDDLE_MODEL_ANSWER', { agent, problem }, { cause })
  }
}

/** The result of a call that a team has answered. */
function answerOf({ id: callId, name }: ToolCall, { outcome }: InnerAnswer): ToolResult {
  const result = { callId, name }
  if (outcome.kind === 'message') {
    return { ...result, content: textOf(outcome.message), isError: false }
  }
  const { reason } = outcome
  const [agent, problem] =
    reason.kind === 'failed' ? [reason.source, reason.error.message] : [name, reason.text]
  const error = new HeddleError('HEDDLE_REQUEST_FAILED', { agent, request: name, problem })
  return { ...result, content: `Error: ${thrownText(error)}`, isError: true }
}

function withoutPictures(message: ModelMessage): ModelMessage {
  if (message.role === 'user') return { ...message, content: textOfParts(message.content) }
  if (message.role !== 'tool') return message
  const results = message.results.map((one) => ({ ...one, content: textOfParts(one.content) }))
  return { ...message, results }
}
