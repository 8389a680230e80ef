/**
 * An answer of a model of the AI SDK as it comes together: from the parts of a stream, or from
 * whole content, which is read as if it had been streamed.
 *
 * Invariant: parts stay in the order in which they began. Kinds of parts that are not known are
 * left out; what heddle can't do justice to is refused.
 */
import { types } from 'node:util'
import { isRecord } from '../describe.ts'
import type { ModelPiece, ModelResult, ToolCall, Usage } from '../models/model.ts'
import { BETWEEN, callPart, metadataOf, textIn, thoughtIn } from './kept-parts.ts'
import { brokenOff, type Called, failed, misshapen, oddRequest, stopped } from './model-failure.ts'
import type { AssistantPart, ProviderOptions } from './specification.ts'

/** A part as a provider gave it. */
type Given = Readonly<Record<string, unknown>>

type Block = Extract<AssistantPart, { type: 'text' | 'reasoning' }>

const FINISHES: Readonly<Record<string, ModelResult['finish']>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool-calls',
  'content-filter': 'content-filter',
}

export class Answer {
  readonly #called: Called
  readonly #provider: string
  readonly #parts: AssistantPart[] = []
  readonly #calls: ToolCall[] = []
  /** Texts and thoughts that are coming, by kind and id. */
  readonly #blocks = new Map<string, Block>()
  /** The calls whose arguments are coming, by the provider's id. */
  readonly #inputs = new Map<string, { readonly id: string; readonly name: string | undefined }>()
  readonly #ids: string
  #hasThought = false

  /** `ids`: what the ids begin with of calls whose provider gives none, or one twice. */
  constructor(called: Called, provider: string, ids: string) {
    this.#ids = ids
    this.#called = called
    this.#provider = provider
  }

  get #client(): string {
    return this.#called.client
  }

  /** Takes in a part of a stream. Throws HEDDLE_MODEL_ANSWER and HEDDLE_MODEL_FAILED. */
  add(part: unknown): ModelPiece[] {
    if (!isRecord(part)) throw misshapen(this.#called, "answer's part", part, 'an object')
    switch (part.type) {
      case 'error':
        throw failed(this.#called, part.error)
      case 'text-start':
      case 'reasoning-start':
      case 'text-end':
      case 'reasoning-end':
        this.#block(part)
        return []
      case 'text-delta':
      case 'reasoning-delta':
        return this.#grow(part, this.#text(part, 'delta'))
      case 'tool-input-start': {
        this.#assertOurs(part, part.toolName)
        const given = this.#text(part, 'id')
        // its deltas are a text of another form, and no piece of JSON
        const name = part.inputEncoding === 'text' ? undefined : this.#text(part, 'toolName')
        this.#inputs.set(given, { id: this.#ownId(given), name })
        return []
      }
      case 'tool-input-delta': {
        const { id: callId, name } = this.#inputs.get(this.#text(part, 'id')) ?? {}
        const text = this.#text(part, 'delta')
        if (callId === undefined || name === undefined || text === '') return []
        return [{ kind: 'tool-input', callId, name, text }]
      }
    }
    this.#addWhole(part)
    return []
  }

  /** Takes in the content of a whole answer. Throws as `add`. */
  addContent(content: unknown): void {
    if (!Array.isArray(content)) throw misshapen(this.#called, 'content', content, 'a list')
    for (const [at, part] of content.entries()) {
      if (!isRecord(part)) throw misshapen(this.#called, `part ${at} of content`, part, 'an object')
      if (part.type === 'text' || part.type === 'reasoning') {
        this.#grow({ ...part, type: `${part.type}-delta`, id: `${at}` }, this.#text(part, 'text'))
      } else this.#addWhole(part)
    }
  }

  /** The whole answer. `structured`: its text, where the provider says which of its texts it is. */
  result({ finishReason, usage }: Given, structured?: string): ModelResult {
    const parts = this.#parts.filter((part) => !isEmpty(part))
    const thought = thoughtIn(parts)
    const said = {
      content: structured ?? textIn(parts),
      toolCalls: this.#calls,
      ...(thought !== '' && { thought }),
    }
    const metadata = metadataOf(this.#provider, parts, said)
    return {
      ...said,
      finish: this.#finish(finishReason),
      usage: this.#usage(usage),
      ...(metadata !== undefined && { metadata }),
    }
  }

  #addWhole(part: Given): void {
    switch (part.type) {
      case 'tool-call': {
        this.#assertOurs(part, part.toolName)
        const given = this.#text(part, 'toolCallId')
        const id = this.#inputs.get(given)?.id ?? this.#ownId(given)
        this.#inputs.delete(given)
        const name = this.#text(part, 'toolName')
        const call: ToolCall = { id, name, arguments: this.#text(part, 'input') }
        this.#calls.push(call)
        this.#parts.push({ ...callPart(call), ...this.#options(part) })
        return
      }
      case 'tool-result':
        throw this.#notOurs(part.toolName)
      case 'tool-approval-request':
        throw this.#notOurs(this.#calls.find(({ id }) => id === part.toolCallId)?.name)
      case 'custom': {
        const kind = this.#text(part, 'kind') as `${string}.${string}`
        this.#parts.push({ type: 'custom', kind, ...this.#options(part) })
        return
      }
      case 'reasoning-file':
        this.#parts.push(this.#fileOf(part))
    }
  }

  /** The block that a part of a stream belongs to. The latest metadata counts. */
  #block(part: Given): Block {
    const type = String(part.type).startsWith('text') ? 'text' : 'reasoning'
    const key = `${type} ${part.id}`
    const block: Block = this.#blocks.get(key) ?? { type, text: '' }
    if (!this.#blocks.has(key)) this.#parts.push(block)
    this.#blocks.set(key, block)
    Object.assign(block, this.#options(part))
    if (String(part.type).endsWith('-end')) this.#blocks.delete(key)
    return block
  }

  #grow(part: Given, delta: string): ModelPiece[] {
    const block = this.#block(part)
    if (delta === '') return []
    const isNext = block.type === 'reasoning' && block.text === '' && this.#hasThought
    block.text += delta
    if (block.type === 'text') return [{ kind: 'chunk', text: delta }]
    this.#hasThought = true
    return [{ kind: 'thought', text: isNext ? `${BETWEEN}${delta}` : delta }]
  }

  /** A picture of a thought, as plain data. */
  #fileOf(part: Given): AssistantPart {
    const mediaType = this.#text(part, 'mediaType')
    const data = isRecord(part.data) ? part.data : { data: part.data }
    const bytes = types.isUint8Array(data.data) ? Buffer.from(data.data) : data.data
    if (typeof bytes !== 'string' && !Buffer.isBuffer(bytes)) {
      throw misshapen(this.#called, 'reasoning-file', part.data, 'a file with its data')
    }
    const base64 = typeof bytes === 'string' ? bytes : bytes.toString('base64')
    const file = { type: 'data' as const, data: base64 }
    return { type: 'reasoning-file', mediaType, data: file, ...this.#options(part) }
  }

  #options({ providerMetadata }: Given): { providerOptions?: ProviderOptions } {
    return isRecord(providerMetadata)
      ? { providerOptions: providerMetadata as ProviderOptions }
      : {}
  }

  #text(part: Given, name: string): string {
    const text = part[name]
    if (typeof text === 'string') return text
    throw misshapen(this.#called, `${name} of a part '${part.type}'`, text, 'a string')
  }

  /** Each call has an id of its own, for its result. */
  #ownId(given: string): string {
    const coming = [...this.#inputs.values()].map(({ id }) => id)
    const taken = [...coming, ...this.#calls.map(({ id }) => id)]
    return given === '' || taken.includes(given) ? `${this.#ids}.${taken.length}` : given
  }

  #assertOurs({ providerExecuted }: Given, name: unknown): void {
    if (providerExecuted === true) throw this.#notOurs(name)
  }

  #notOurs(name: unknown): Error {
    const mend = "leave that tool out of the model's settings, and give the agent a tool of its own"
    return oddRequest(this.#client, `its provider runs the tool '${name}' by itself; ${mend}`)
  }

  #finish(reason: unknown): ModelResult['finish'] {
    const { unified, raw } = isRecord(reason) ? reason : {}
    if (typeof unified !== 'string') {
      throw misshapen(this.#called, 'finishReason', reason, 'an object with unified')
    }
    if (unified === 'error') throw stopped(this.#called, raw)
    if (unified === 'interrupted') {
      throw brokenOff(this.#client, 'its answer broke off, and may not be whole')
    }
    return FINISHES[unified] ?? 'unknown'
  }

  #usage(usage: unknown): Usage {
    const { inputTokens, outputTokens } = isRecord(usage) ? usage : {}
    if (!isRecord(inputTokens) || !isRecord(outputTokens)) {
      throw misshapen(this.#called, 'usage', usage, 'an object with inputTokens and outputTokens')
    }
    return {
      promptTokens: countOf(inputTokens.total),
      completionTokens: countOf(outputTokens.total),
    }
  }
}

/** 0 where the provider does not know. */
function countOf(total: unknown): number {
  return Number.isFinite(total) ? Math.max(0, Number(total)) : 0
}

/** A text that never came. A thought without a text may have a signature. */
function isEmpty(part: AssistantPart): boolean {
  return (
    (part.type === 'text' || part.type === 'reasoning') && part.text === '' && !part.providerOptions
  )
}
