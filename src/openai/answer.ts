/**
 * An answer of the provider: whole, or put together from the events of a stream.
 *
 * Owns: what has come of one answer.
 * Invariants: everything that comes is checked against its shape; each tool call has an id of its
 * own, which is the same in the pieces and in the result.
 */
import * as z from 'zod'
import { describe } from '../describe.ts'
import { checkSchema, type Schema } from '../messages/schema.ts'
import type { ModelPiece, ModelResult, Usage } from '../models/model.ts'
import { type CallPart, ToolCallParts } from './tool-call-parts.ts'

const text = z.string().nullish()

/** Some servers give a text as a list of parts. */
const content = z.union([z.string(), z.array(z.looseObject({ type: text }))]).nullish()

const Said = z.object({
  content,
  refusal: text,
  // of servers that show what their models think, under one name or both
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  tool_calls: z
    .array(
      z.object({
        index: z.number().nullish(),
        id: text,
        // the arguments are JSON text; some servers give them as an object
        function: z.object({
          name: text,
          arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
        }),
      }),
    )
    .nullish(),
})
const Choice = {
  index: z.number().nullish(),
  finish_reason: text,
}
const Tokens = z
  .object({
    prompt_tokens: z.number().nonnegative().nullish(),
    completion_tokens: z.number().nonnegative().nullish(),
  })
  .nullish()

const WholeChoice = z.object({ ...Choice, message: Said })
const Whole = z.object({
  choices: z.tuple([WholeChoice], WholeChoice),
  usage: Tokens,
})
/** The event with the usage has no choice. */
const Event = z.object({
  choices: z.array(z.object({ ...Choice, delta: Said.nullish() })),
  usage: Tokens,
})

const FINISHES: Readonly<Record<string, ModelResult['finish']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

/** What came has another shape than the interface has. */
export interface OddShape {
  readonly kind: 'odd'
  /** The text that follows "it sent". */
  readonly problem: string
}

export class Answer {
  #content = ''
  #thought = ''
  #isRefusal = false
  #finish: string | undefined
  #usage: Usage = { promptTokens: 0, completionTokens: 0 }
  readonly #calls: ToolCallParts

  /** `ids`: what the ids begin with of calls to which the provider gives none. */
  constructor(ids: string) {
    this.#calls = new ToolCallParts(ids)
  }

  /** As the provider says it; undefined: the answer is not whole. */
  get finish(): string | undefined {
    return this.#finish
  }

  /** Takes in a whole answer. */
  addWhole(given: unknown): OddShape | undefined {
    const read = readAs(Whole, given, 'an answer')
    if ('kind' in read) return read
    const [{ message, finish_reason }] = read.choices
    const tool_calls = message.tool_calls?.map((call, index) => ({ ...call, index }))
    this.#addSaid({ ...message, tool_calls })
    this.#finish = finish_reason ?? 'unknown'
    this.#addUsage(read.usage)
    return undefined
  }

  /** Takes in an event; returns the pieces in it. */
  addEvent(given: unknown): readonly ModelPiece[] | OddShape {
    const read = readAs(Event, given, 'an event')
    if ('kind' in read) return read
    const choice = read.choices.find(({ index }) => (index ?? 0) === 0)
    if (choice?.finish_reason) this.#finish = choice.finish_reason
    this.#addUsage(read.usage)
    return choice?.delta ? this.#addSaid(choice.delta) : []
  }

  get result(): ModelResult {
    const toolCalls = this.#calls.calls
    const finish = FINISHES[this.#finish ?? ''] ?? 'unknown'
    return {
      content: this.#content,
      toolCalls,
      ...(this.#thought !== '' && { thought: this.#thought }),
      finish: this.#isRefusal ? 'content-filter' : kindOf(finish, toolCalls.length > 0),
      usage: this.#usage,
    }
  }

  #addSaid(said: z.output<typeof Said>): ModelPiece[] {
    const inParts = textsIn(said.content)
    const thought = textOf(said.reasoning_content) || textOf(said.reasoning) || inParts.thought
    const refusal = (said.refusal ?? '') + inParts.refusal
    const content = inParts.content + refusal
    this.#thought += thought
    this.#content += content
    if (refusal !== '') this.#isRefusal = true
    const pieces: ModelPiece[] = []
    if (thought !== '') pieces.push({ kind: 'thought', text: thought })
    if (content !== '') pieces.push({ kind: 'chunk', text: content })
    for (const { index, id, function: part } of said.tool_calls ?? []) {
      const { name, arguments: given } = part
      const piece: CallPart = { index, id: id ?? '', name: name ?? '', text: argumentsOf(given) }
      pieces.push(...this.#calls.add(piece))
    }
    return pieces
  }

  #addUsage(tokens: z.output<typeof Tokens>): void {
    if (!tokens) return
    const { prompt_tokens, completion_tokens } = tokens
    this.#usage = { promptTokens: prompt_tokens ?? 0, completionTokens: completion_tokens ?? 0 }
  }
}

/** Some servers call tools, and say `stop`. */
function kindOf(finish: ModelResult['finish'], hasCalls: boolean): ModelResult['finish'] {
  return hasCalls && finish === 'stop' ? 'tool-calls' : finish
}

function argumentsOf(given: string | object | null | undefined): string {
  return typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
}

/** The texts of a content by what they are. Parts that are no text are left out. */
function textsIn(given: z.output<typeof content>) {
  const texts = { content: '', refusal: '', thought: '' }
  if (!Array.isArray(given)) return { ...texts, content: given ?? '' }
  for (const part of given) {
    if (part.type === 'refusal') texts.refusal += textOf(part.refusal)
    else if (part.type === 'text') texts.content += textOf(part.text)
    else if (part.type === 'thinking') {
      const parts = Array.isArray(part.thinking) ? part.thinking : [{ text: part.thinking }]
      texts.thought += parts.map((one: unknown) => textOf(Object(one).text)).join('')
    }
  }
  return texts
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function readAs<T extends object>(
  schema: Schema<unknown, T>,
  given: unknown,
  what: string,
): T | OddShape {
  const checked = checkSchema(schema, given)
  if (checked.kind === 'valid') return checked.value as T
  const issues = checked.kind === 'invalid' ? checked.issues.join('; ') : ''
  const is = typeof given === 'object' && given !== null ? what : describe(given)
  return { kind: 'odd', problem: `${is} that is none of chat completions: ${issues}` }
}
