/** Prints a run as it goes on: to terminals, and to any stream of text. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
// Not by its names: a Node that is too old, and has no styleText, is to get as far as to say so.
import * as util from 'node:util'
import { type Clock, systemClock } from '../clock.ts'
import { isRecord } from '../describe.ts'
import { jsonText } from '../json-text.ts'
import type { ToolCall, ToolResult, Usage } from '../models/model.ts'
import { checkRules, invalidOption } from '../option-check.ts'
import { CLOCK, oneOf, type RulesOf, shapeOf } from '../option-rules.ts'
import { type AgentEvent, type ChatMessage, textOf, textOfParts } from './messages/chat-message.ts'
import { unfinishedText } from './messages/unfinished.ts'
import type { RunItem, TaskResult } from './runs/task.ts'

/** How a run is printed. */
export interface PrintOptions {
  /** Default: the process's standard output. */
  readonly out?: Writable
  /** Default `auto`: colours where `out` is a terminal and the environment has no NO_COLOR. */
  readonly colours?: 'auto' | 'always' | 'never'
  /** A line at the end: messages, tokens, seconds and why the run ended. Default `shown`. */
  readonly totals?: 'shown' | 'hidden'
  /** For the seconds. Default: real time. */
  readonly clock?: Clock
}

type Style = Parameters<typeof util.styleText>[0]

/** The columns at which a line is cut, where `out` does not say how many it has. */
const WIDTH = 100

/**
 * Prints a run's stream, and resolves to its result. A message in chunks is printed as the chunks
 * come, one such message at a time. Waits for `out` where it is slow. Control characters from
 * models and tools are left out, so that they can't control the terminal. Rejects with
 * HEDDLE_INVALID_OPTION, with what the stream fails with, and when it ends without a result.
 */
export async function printRun(
  stream: AsyncIterable<RunItem>,
  options: PrintOptions = {},
): Promise<TaskResult> {
  const {
    out = process.stdout,
    colours = 'auto',
    totals = 'shown',
    clock = systemClock,
  } = checkRules(options, RULES)
  checkStream(stream)
  const began = clock.now()
  const printer = new Printer(out, colours === 'auto' ? isColourful(out) : colours === 'always')
  let result: TaskResult | undefined
  try {
    for await (const item of stream) {
      checkItem(item)
      if (item.kind === 'result') result = item
      else printer.print(item)
      if (out.writableNeedDrain) await drained(out)
    }
  } finally {
    printer.end()
  }
  if (result === undefined) {
    throw invalidOption('stream', stream, 'the stream of a run: this one ended without its result')
  }
  if (totals === 'shown') printer.totals(result, clock.now() - began)
  return result
}

const RULES: RulesOf<PrintOptions> = {
  out: shapeOf('a writable stream', 'write'),
  colours: oneOf('auto', 'always', 'never'),
  totals: oneOf('shown', 'hidden'),
  clock: CLOCK,
}

/** Throws HEDDLE_INVALID_OPTION. */
function checkStream(stream: unknown): void {
  if (typeof Object(stream)[Symbol.asyncIterator] === 'function') return
  const rule = 'the stream of a run, as runStream(…) gives it'
  const hint = typeof Object(stream).then === 'function' ? '; run(…) gives its result alone' : ''
  throw invalidOption('stream', stream, `${rule}${hint}`)
}

/** Throws HEDDLE_INVALID_OPTION. */
function checkItem(item: unknown): void {
  if (!isRecord(item)) throw invalidOption('an item of stream', item, 'what runStream(…) gives')
}

function isColourful(out: Writable): boolean {
  return 'isTTY' in out && out.isTTY === true && !process.env.NO_COLOR
}

/**
 * Waits until the stream drains or closes: a stream that is closed during the wait never drains.
 */
async function drained(out: Writable): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  await Promise.race([once(out, 'drain', { signal }), once(out, 'close', { signal })])
  over.abort()
}

/**
 * Owns: the position on the page.
 * Invariants: what one speaker shows up to its message is one
 * section under one heading. While a message is coming in chunks, other speakers are held back. A
 * message that was printed in chunks is not printed again.
 */
class Printer {
  readonly #out: Writable
  readonly #isColourful: boolean
  /** The speaker whose section is open. */
  #speaker: string | undefined
  /** Whether the last line has no end yet. */
  #isInLine = false
  /** The message that is coming in chunks. */
  #coming: { readonly id: string; readonly source: string } | undefined
  #held: (AgentEvent | ChatMessage)[] = []

  constructor(out: Writable, isColourful: boolean) {
    this.#out = out
    this.#isColourful = isColourful
  }

  print(item: AgentEvent | ChatMessage): void {
    if (this.#coming !== undefined && this.#coming.source !== item.source) {
      this.#held.push(item)
      return
    }
    if ('id' in item) this.#message(item)
    else this.#event(item)
    if (this.#coming === undefined) this.#printHeld()
  }

  /** The stream has ended: prints what was held back, and ends the last line. */
  end(): void {
    while (this.#held.length > 0) {
      this.#coming = undefined
      this.#printHeld()
    }
    this.#endLine()
  }

  totals({ messages, usage, stopReason }: TaskResult, ms: number): void {
    const count = messages.length === 1 ? '1 message' : `${messages.length} messages`
    const figures = `${count}, ${tokens(usage)}, ${(ms / 1_000).toFixed(1)} s`
    this.#block(
      `${figures}: ${stopReason.text}`,
      stopReason.kind === 'failed' ? ['bold', 'red'] : 'bold',
    )
  }

  #printHeld(): void {
    const held = this.#held
    this.#held = []
    for (const item of held) this.print(item)
  }

  #message(message: ChatMessage): void {
    const { id, source, usage } = message
    this.#section(source)
    if (this.#coming?.id !== id) this.#block(textOf(message))
    this.#coming = undefined
    if (message.kind === 'handoff') this.#line(`hands over to ${message.target}`, 'cyan')
    const unfinished = unfinishedText(message)
    if (unfinished !== undefined) this.#line(`[the answer ${unfinished}]`, 'yellow')
    if (usage !== undefined) this.#line(`[${tokens(usage)}]`, 'dim')
    this.#closeSection()
  }

  #event(event: AgentEvent): void {
    const { source } = event
    if (event.kind === 'speakers') {
      if (event.names.length === 1) return // has its heading
      this.#closeSection()
      return this.#line(`${source} names ${event.names.join(', ') || 'nobody'}`, 'dim')
    }
    this.#section(source)
    switch (event.kind) {
      case 'chunk':
        if (this.#coming?.id !== event.messageId) this.#endLine()
        this.#coming = { id: event.messageId, source }
        return this.#write(event.content)
      case 'thought-chunk':
      case 'tool-input':
        return // the whole follows
      case 'thought':
        return this.#block(event.content, 'dim')
      case 'tool-calls':
        // the text beside the calls is not the message that will follow
        this.#coming = undefined
        for (const call of event.calls) this.#line(callLine(call), 'cyan')
        return
      case 'tool-progress':
        return this.#line(`… ${event.name}: ${progressText(event.content)}`, 'dim')
      case 'tool-results':
        for (const one of event.results) this.#line(resultLine(one), one.isError ? 'red' : 'cyan')
        return
      case 'memory':
        for (const one of event.items) this.#line(`remembers: ${one}`, 'dim')
        return
      case 'code-generated':
        this.#line(`code, attempt ${event.attempt}:`, 'dim')
        return this.#block(event.code, 'cyan')
      case 'code-executed':
        this.#line(`exit code ${event.exitCode}`, event.exitCode === 0 ? 'dim' : 'red')
        return this.#block(event.output, 'dim')
      case 'input-requested':
        this.#coming = undefined
        return this.#block(`? ${event.prompt}`, 'yellow')
      case 'retracted':
        this.#coming = undefined
        this.#line(`[retracted: what ${source} was showing counts no more]`, 'yellow')
        return this.#closeSection()
    }
  }

  #section(source: string): void {
    if (this.#speaker === source) return
    this.#line(`── ${source} ──`, 'bold')
    this.#speaker = source
  }

  #closeSection(): void {
    this.#endLine()
    this.#speaker = undefined
  }

  /** One line, cut where it would be longer than the page is wide. */
  #line(text: string, style?: Style): void {
    const columns = 'columns' in this.#out ? Number(this.#out.columns) : 0
    this.#block(cut(clean(text).replaceAll(/\s+/g, ' '), columns || WIDTH), style)
  }

  #block(text: string, style?: Style): void {
    this.#endLine()
    this.#write(text, style)
    this.#endLine()
  }

  #endLine(): void {
    if (this.#isInLine) this.#write('\n')
  }

  #write(text: string, style?: Style): void {
    const said = clean(text)
    if (said === '') return
    this.#isInLine = !said.endsWith('\n')
    const isPlain = style === undefined || !this.#isColourful
    this.#out.write(isPlain ? said : util.styleText(style, said, { validateStream: false }))
  }
}

function callLine({ name, arguments: given }: Pick<ToolCall, 'name' | 'arguments'>): string {
  return `→ ${name} ${given}`
}

function resultLine({ name, content, isError }: ToolResult): string {
  return `${isError ? '✗' : '←'} ${name}: ${textOfParts(content)}`
}

function progressText(content: unknown): string {
  return typeof content === 'string' ? content : jsonText(content)
}

function tokens({ promptTokens, completionTokens }: Usage): string {
  return `${promptTokens} + ${completionTokens} tokens`
}

function cut(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`
}

/**
 * Without the characters that control a terminal or reverse the direction of text. Line ends and
 * tabs stay.
 */
function clean(text: string): string {
  return util
    .stripVTControlCharacters(text)
    .replaceAll(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '')
}
