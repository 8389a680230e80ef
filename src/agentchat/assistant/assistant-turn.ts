/** One turn of an assistant: from what is new to its answer. */
import { describe, HeddleError } from '../../errors.ts'
import type {
  ModelMessage,
  ModelResult,
  ToolCall,
  ToolResult,
  ToolSpec,
} from '../../models/model.ts'
import { dropLate } from '../agents/call-out.ts'
import type { ChatContext, Response } from '../agents/chat-agent.ts'
import { askerOf, ModelCalls, type Question } from '../agents/model-call.ts'
import { type Showing, shownOf } from '../agents/model-context.ts'
import { type ChatMessage, toModelMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import { contentFor, type StructuredType } from '../messages/structured.ts'
import { runToolCalls } from '../tools/tool-calls.ts'
import type { Assistant } from './assistant-options.ts'
import { memoryText, recall } from './memory.ts'

export class AssistantTurn {
  readonly #assistant: Assistant
  readonly #context: ChatContext
  /** The message that the turn ends with. */
  readonly #id: string
  readonly #calls: ModelCalls
  #memories: readonly string[] = []

  constructor(assistant: Assistant, context: ChatContext) {
    this.#assistant = assistant
    this.#context = context
    this.#id = context.nextId()
    this.#calls = new ModelCalls(askerOf(assistant.name, context))
  }

  async respond(messages: readonly ChatMessage[]): Promise<Response> {
    const { maxToolIterations, reflect } = this.#assistant
    await this.#takeIn(messages)
    let calls: readonly ToolCall[] = []
    let results: readonly ToolResult[] = []
    for (let iteration = 0; iteration < maxToolIterations; iteration++) {
      const { content, toolCalls, thought } = await this.#ask('auto')
      if (toolCalls.length === 0) return this.#answer(content)
      calls = toolCalls
      results = await this.#runTools(calls)
      const handoff = this.#handoffIn(calls, results, thought)
      if (handoff !== undefined) return { kind: 'message', message: handoff }
    }
    if (reflect === 'never') return { kind: 'message', message: this.#summary(calls, results) }
    const { content } = await this.#ask('none')
    return this.#answer(content)
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
    const { history, emit } = this.#context
    const result = await this.#call(this.#question(toolChoice))
    const { content, toolCalls, thought } = result
    if (thought !== undefined) emit({ kind: 'thought', source, content: thought })
    history.append({
      role: 'assistant',
      source,
      content,
      ...(toolCalls.length > 0 && { toolCalls }),
      ...(thought !== undefined && { thought }),
    })
    return result
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
    const { tools, handoffs } = this.#assistant
    const own = [...tools.values()].map(({ name, description, parameters }) => {
      return { name, description, parameters }
    })
    return [...own, ...[...handoffs.values()].map(({ spec }) => spec)]
  }

  /** A model that streams shows its answer as it comes. */
  #call(question: Question): Promise<ModelResult> {
    const { model, stream, name: source } = this.#assistant
    const { emit } = this.#context
    if (stream === 'whole') return this.#calls.whole(model, question)
    return this.#calls.inChunks(model, question, (content) => {
      emit({ kind: 'chunk', source, messageId: this.#id, content })
    })
  }

  async #runTools(calls: readonly ToolCall[]): Promise<readonly ToolResult[]> {
    const { name: source, tools, handoffs, toolsAtOnce } = this.#assistant
    const { emit, history, spending, signal, key } = this.#context
    emit({ kind: 'tool-calls', source, calls: [...calls] })
    const real = calls.filter(({ name }) => !handoffs.has(name))
    for (const _ of real) spending.toolCall()
    const contextOf = ({ id: callId }: ToolCall) => {
      const idempotencyKey = `${key}:${this.#id}:${callId}`
      return { callId, agent: source, idempotencyKey, signal, turn: this.#context, emit }
    }
    const ran = await runToolCalls(real, tools, contextOf, toolsAtOnce)
    const results = calls.map((call) => {
      const handoff = handoffs.get(call.name)
      if (handoff === undefined) return ran[real.indexOf(call)] as ToolResult
      return { callId: call.id, name: call.name, content: handoff.message, isError: false }
    })
    emit({ kind: 'tool-results', source, results })
    history.append({ role: 'tool', results })
    return results
  }

  /** The first handoff that the model asked for, with the messages of the tool calls beside it. */
  #handoffIn(
    calls: readonly ToolCall[],
    results: readonly ToolResult[],
    thought: string | undefined,
  ): ChatMessage | undefined {
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
    } else if (thought !== undefined) context.push({ role: 'assistant', source, content: thought })
    const { target } = handoff
    const content = (results[at] as ToolResult).content
    return { kind: 'handoff', ...this.#common(), target, content, context }
  }

  #summary(calls: readonly ToolCall[], results: readonly ToolResult[]): ChatMessage {
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
      throw this.#unusable('it is no JSON', cause)
    }
    const fitting = contentFor(type, value)
    if (fitting.kind === 'fits') return fitting.content
    throw this.#unusable(`for the structured message '${type.format}' it ${fitting.problem}`)
  }

  #common() {
    return { id: this.#id, source: this.#assistant.name, usage: this.#calls.usage }
  }

  #unusable(problem: string, cause?: unknown): HeddleError {
    const { name: agent } = this.#assistant
    return new HeddleError('HEDDLE_MODEL_ANSWER', { agent, problem }, { cause })
  }
}

function withoutPictures(message: ModelMessage): ModelMessage {
  if (message.role !== 'user' || typeof message.content === 'string') return message
  const texts = message.content.map((part) => (part.kind === 'text' ? part.text : '<image>'))
  return { ...message, content: texts.join(' ') }
}
