/**
 * What one agent shows of its turn, as parts of the user interface's message.
 *
 * Owns: which of its parts are still coming, and which of its messages came in pieces.
 */

import type { AgentEvent, ChatMessage } from '../agentchat/messages/chat-message.ts'
import { textOf, textOfParts } from '../agentchat/messages/chat-message.ts'
import type { ContentPart, ToolCall, ToolResult } from '../models/model.ts'
import type { ErrorText } from './ui-errors.ts'
import { type Chunk, type HeddleUIData, ownerOf } from './ui-message.ts'
import type { Part, Step } from './ui-step.ts'

/** What the parts of all agents share. */
export interface Shared {
  readonly step: Step
  /** Unique in the stream. */
  nextId(): string
  /** The id of a tool call: as it is, unless another call of the stream has it. */
  callId(id: string): string
  readonly errorText: ErrorText
}

type Coming = { readonly id: string; readonly messageId: string; readonly part: Part }
type ToolPart = { readonly id: string; readonly name: string; readonly part: Part }

export class Speaker {
  readonly #agent: string
  readonly #shared: Shared
  #text: Coming | undefined
  #thought: Coming | undefined
  /** Whether the thought that comes whole came in pieces. */
  #hasThought = false
  /** The message that has come in pieces. */
  #inPieces: string | undefined
  readonly #tools = new Map<string, ToolPart>()

  constructor(agent: string, shared: Shared) {
    this.#agent = agent
    this.#shared = shared
  }

  /** The ids of its tool calls. */
  get callIds(): readonly string[] {
    return [...this.#tools.values()].map(({ id }) => id)
  }

  event(event: AgentEvent): void {
    const agent = this.#agent
    switch (event.kind) {
      case 'chunk':
        return this.#chunk(event.messageId, event.content)
      case 'thought-chunk':
        this.#hasThought = true
        return this.#think(event.messageId, event.content)
      case 'thought':
        if (!this.#hasThought) this.#think('', event.content)
        this.#hasThought = false
        return this.#endThought()
      case 'tool-input':
        return this.#toolInput(event.callId, event.name, event.content)
      case 'tool-calls':
        this.end()
        this.#inPieces = undefined // the text beside the calls is not the message that follows
        for (const call of event.calls) this.#toolCall(call)
        return
      case 'tool-progress':
        return this.#toolProgress(event.callId, event.content)
      case 'tool-results':
        for (const result of event.results) this.#toolResult(result)
        return
      case 'memory':
        return this.#data('memory', { agent, items: event.items })
      case 'code-generated':
        return this.#data('code-generated', { agent, attempt: event.attempt, code: event.code })
      case 'code-executed': {
        const { attempt, exitCode, output } = event
        return this.#data('code-executed', { agent, attempt, exitCode, output })
      }
      case 'input-requested':
        this.end()
        return this.#data('input-request', { agent, id: event.requestId, prompt: event.prompt })
    }
  }

  message(message: ChatMessage): void {
    const agent = this.#agent
    const { id, kind } = message
    const isShown = this.#inPieces === id
    this.end()
    this.#inPieces = undefined
    this.#hasThought = false
    if (kind === 'handoff') {
      const { target, content } = message
      return this.#data('handoff', { agent, target, content })
    }
    if (kind === 'multimodal') return this.#parts(message.content)
    if (!isShown) this.#whole(textOf(message))
    if (kind !== 'structured') return
    this.#data('structured', { agent, format: message.format, content: message.content })
  }

  /** Nothing of it is still coming. */
  end(): void {
    this.#endThought()
    if (this.#text === undefined) return
    this.#add(this.#text.part, { type: 'text-end', id: this.#text.id })
    this.#text = undefined
  }

  #endThought(): void {
    if (this.#thought === undefined) return
    this.#add(this.#thought.part, { type: 'reasoning-end', id: this.#thought.id })
    this.#thought = undefined
  }

  #chunk(messageId: string, delta: string): void {
    this.#endThought()
    if (this.#text?.messageId !== messageId) this.end()
    this.#inPieces = messageId
    this.#text ??= { messageId, ...this.#open((id) => ({ type: 'text-start', id })) }
    this.#add(this.#text.part, { type: 'text-delta', id: this.#text.id, delta })
  }

  #whole(text: string): void {
    if (text === '') return
    this.#chunk('', text)
    this.end()
  }

  #think(messageId: string, delta: string): void {
    this.#thought ??= { messageId, ...this.#open((id) => ({ type: 'reasoning-start', id })) }
    this.#add(this.#thought.part, { type: 'reasoning-delta', id: this.#thought.id, delta })
  }

  #open(begin: (id: string) => Chunk): { readonly id: string; readonly part: Part } {
    const id = this.#shared.nextId()
    const chunk = { ...begin(id), providerMetadata: ownerOf(this.#agent) } as Chunk
    return { id, part: this.#shared.step.open(this.#agent, chunk) }
  }

  #add(part: Part, chunk: Chunk): void {
    this.#shared.step.add(part, chunk)
  }

  #parts(parts: readonly ContentPart[]): void {
    for (const part of parts) {
      if (part.kind === 'text') this.#whole(part.text)
      else {
        const [mediaType, url] =
          part.kind === 'image'
            ? [part.mediaType, `data:${part.mediaType};base64,${part.data}`]
            : ['image/*', part.url]
        const providerMetadata = ownerOf(this.#agent)
        this.#shared.step.open(this.#agent, { type: 'file', mediaType, url, providerMetadata })
      }
    }
  }

  #data<Name extends keyof HeddleUIData>(name: Name, data: HeddleUIData[Name]): void {
    this.#shared.step.open(this.#agent, { type: `data-${name}`, data } as unknown as Chunk)
  }

  #toolInput(callId: string, name: string, inputTextDelta: string): void {
    this.end()
    const { id, part } = this.#tools.get(callId) ?? this.#openTool(callId, name, 'start')
    this.#add(part, { type: 'tool-input-delta', toolCallId: id, inputTextDelta })
  }

  #toolCall({ id: callId, name, arguments: text }: Omit<ToolCall, 'metadata'>): void {
    const input = inputOf(text)
    const known = this.#tools.get(callId)
    if (known === undefined) return void this.#openTool(callId, name, { input })
    this.#add(known.part, available(known, this.#agent, input))
  }

  /** As the SDK shows what a tool of its own yields before its result. */
  #toolProgress(callId: string, output: unknown): void {
    const tool = this.#tools.get(callId)
    if (tool === undefined) return
    const base = { toolCallId: tool.id, providerExecuted: true, preliminary: true }
    this.#add(tool.part, { ...base, type: 'tool-output-available', output })
  }

  /** The interface breaks off at the result of a call that it has not seen. */
  #toolResult({ callId, name, content, isError }: ToolResult): void {
    const { id, part } = this.#tools.get(callId) ?? this.#openTool(callId, name, { input: {} })
    const base = { toolCallId: id, providerExecuted: true }
    if (!isError) {
      return this.#add(part, { ...base, type: 'tool-output-available', output: content })
    }
    const errorText = this.#shared.errorText(new Error(textOfParts(content)), `the tool '${name}'`)
    this.#add(part, { ...base, type: 'tool-output-error', errorText })
  }

  #openTool(callId: string, name: string, with_: 'start' | { readonly input: unknown }): ToolPart {
    const id = this.#shared.callId(callId)
    const begin: Chunk =
      with_ === 'start'
        ? { ...toolBase({ id, name }, this.#agent), type: 'tool-input-start' }
        : available({ id, name }, this.#agent, with_.input)
    const tool = { id, name, part: this.#shared.step.open(this.#agent, begin) }
    this.#tools.set(callId, tool)
    return tool
  }
}

/**
 * The tools run here: an interface that thought them its own would wait for their results, or send
 * the message again because it has them all.
 */
function toolBase({ id, name }: Pick<ToolPart, 'id' | 'name'>, agent: string) {
  const providerMetadata = ownerOf(agent)
  return { toolCallId: id, toolName: name, providerExecuted: true, providerMetadata }
}

function available(tool: Pick<ToolPart, 'id' | 'name'>, agent: string, input: unknown): Chunk {
  return { ...toolBase(tool, agent), type: 'tool-input-available', input }
}

/** The arguments as a value; a text that is not JSON stays a text. */
function inputOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
