/** A run of an agent or a team as the UI message stream of the AI SDK, which `useChat` reads. */
import { types } from 'node:util'
import type { UIMessageChunk } from 'ai'
import type { RunItem, TaskResult } from '../agentchat/runs/task.ts'
import { describe, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { checkRecord, checkRules, invalidOption } from '../option-check.ts'
import { isWhole, LABEL, oneOf, type RulesOf, SYNC_FUNCTION } from '../option-rules.ts'
import { type ErrorText, errorTextBy, oddResult } from './ui-errors.ts'
import type { HeddleUIData, HeddleUIMetadata } from './ui-message.ts'
import { UIRun, uiStopReason, unfinishedIn } from './ui-run.ts'

/**
 * The items of a run, as `runStream` gives them; or a function that begins the run, whose signal
 * aborts as soon as the reader leaves. Without the signal, a run that waits for its model is
 * cancelled when its next item comes.
 */
export type UIRunSource = AsyncIterable<RunItem> | ((signal: AbortSignal) => AsyncIterable<RunItem>)

/** What `toUIMessageStream` takes beside the run. */
export interface UIMessageStreamOptions {
  /** The id of the message, if you store it. Default: the interface makes one. */
  readonly messageId?: string
  /**
   * Whether an item is shown, as true or false: its reasoning, memories or tools may not be for
   * everyone.
   */
  readonly show?: (item: RunItem) => boolean
  /** The metadata of the message, which JSON carries. Default: as {@link HeddleUIMetadata}. */
  readonly messageMetadata?: (result: TaskResult) => unknown
  /**
   * What the browser is told of an error, of the run or of a tool. Default: "An error occurred.",
   * and a line on stderr has the error.
   */
  readonly onError?: (error: unknown) => string
  /** `go-on`: the run goes on to its end, unseen. Default `cancel`: it is cancelled. */
  readonly ifReaderLeaves?: 'cancel' | 'go-on'
}

/** What `toUIMessageStreamResponse` takes beside the run. */
export type UIMessageStreamResponseOptions = UIMessageStreamOptions & ResponseInit

/** A chunk of a run's stream. */
export type HeddleUIMessageChunk = UIMessageChunk<HeddleUIMetadata, HeddleUIData>

const OPTIONS: RulesOf<UIMessageStreamOptions> = {
  messageId: LABEL,
  show: SYNC_FUNCTION,
  messageMetadata: SYNC_FUNCTION,
  onError: SYNC_FUNCTION,
  ifReaderLeaves: oneOf('cancel', 'go-on'),
}

/**
 * A run as one message of the AI SDK. Each step of a team is a step of the message; what an agent
 * retracts is taken out of it. The run begins when the stream is first read, and one item is read
 * at a time. A failure, also of `show` and `messageMetadata`, is a chunk of the stream, which
 * itself never fails; without `onError` it is a line on stderr. `cancel` of a run that was given as
 * a function resolves when the run has ended. Throws HEDDLE_INVALID_OPTION.
 */
export function toUIMessageStream(
  run: UIRunSource,
  options: UIMessageStreamOptions = {},
): ReadableStream<HeddleUIMessageChunk> {
  const { onError, ...own } = checkRules(options, OPTIONS)
  checkRun(run)
  return streamOf(run, own, errorTextBy(onError))
}

function streamOf(
  run: UIRunSource,
  { messageId, show, messageMetadata, ifReaderLeaves }: Omit<UIMessageStreamOptions, 'onError'>,
  errorText: ErrorText,
): ReadableStream<HeddleUIMessageChunk> {
  const left = new AbortController()
  const ui = new UIRun({
    messageId,
    show: (item) => show === undefined || shownBy(show, item),
    messageMetadata: (result) => metadataBy(messageMetadata ?? metadataOf, result),
    errorText,
  })
  let items: AsyncIterator<RunItem> | undefined
  const next = () => {
    items ??= begun(run, left.signal)[Symbol.asyncIterator]()
    return items.next()
  }
  const end = async (reason: unknown) => {
    left.abort(reason)
    await items?.return?.()
  }
  let isLeft = false
  return new ReadableStream<HeddleUIMessageChunk>(
    {
      start: (controller) => {
        for (const chunk of ui.begin()) controller.enqueue(chunk as HeddleUIMessageChunk)
      },
      pull: async (controller) => {
        const chunks = await chunksOf(ui, next).catch((error) => {
          if (isLeft) return [] // a run that was left may end without its result
          end(error).catch(() => {})
          return ui.fail(error)
        })
        if (isLeft) return
        for (const chunk of chunks) controller.enqueue(chunk as HeddleUIMessageChunk)
        if (ui.isOver) controller.close()
      },
      cancel: async (reason) => {
        isLeft = true
        if (ifReaderLeaves === 'go-on') return void drain(next)
        const ended = end(reason ?? 'nobody reads its stream any more').catch(() => {})
        // without the signal, it may wait for its model for long
        if (typeof run === 'function') await ended
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * The same as an HTTP response: server-sent events by version 1 of the SDK's protocol. `headers`
 * and `status` are those of the response. Throws HEDDLE_INVALID_OPTION.
 */
export function toUIMessageStreamResponse(
  run: UIRunSource,
  options: UIMessageStreamResponseOptions = {},
): Response {
  const { status, statusText, headers, ...rest } = checkRecord('options', options)
  const { onError, ...own } = checkRules(rest as UIMessageStreamOptions, OPTIONS)
  checkRun(run)
  const all = new Headers(HEADERS)
  for (const [name, value] of responseHeaders(headers)) all.set(name, value)
  const errorText = errorTextBy(onError)
  const init = { headers: all, ...responseStatus(status, statusText) }
  return new Response(eventsOf(streamOf(run, own, errorText), errorText), init)
}

/** Each chunk as an event. One that JSON can't carry ends the stream as a failure does. */
function eventsOf(
  chunks: ReadableStream<HeddleUIMessageChunk>,
  errorText: ErrorText,
): ReadableStream<Uint8Array> {
  const reader = chunks.getReader()
  const encoder = new TextEncoder()
  const event = (data: string) => encoder.encode(`data: ${data}\n\n`)
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (!done) {
          try {
            return controller.enqueue(event(JSON.stringify(value)))
          } catch (error) {
            const said = { type: 'error', errorText: errorText(error, 'an item of the run') }
            for (const one of [said, { type: 'finish', finishReason: 'error' }]) {
              controller.enqueue(event(JSON.stringify(one)))
            }
            reader.cancel(error).catch(() => {})
          }
        }
        controller.enqueue(event('[DONE]'))
        controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** Throws HEDDLE_INVALID_OPTION, which does not repeat a header. */
function responseHeaders(headers: unknown): Headers {
  try {
    return new Headers(headers as Headers)
  } catch {
    const value = typeof headers === 'string' ? 'a text' : describe(headers)
    const rule = 'headers as fetch takes them, with names and values that HTTP can carry'
    throw new HeddleError('HEDDLE_INVALID_OPTION', { option: 'headers', value, rule })
  }
}

/** Throws HEDDLE_INVALID_OPTION. */
function responseStatus(status: unknown, statusText: unknown): ResponseInit {
  const isStatus = isWhole(status, 200) && status < 600 && ![204, 205, 304].includes(status)
  if (status !== undefined && !isStatus) {
    throw invalidOption('status', status, 'a status from 200 to 599 of an answer with a body')
  }
  if (statusText !== undefined && !/^[\t\x20-\x7e]*$/.test(String(statusText))) {
    throw invalidOption('statusText', statusText, 'a text on one line, of ASCII characters')
  }
  return {
    ...(isStatus && { status }),
    ...(statusText !== undefined && { statusText: String(statusText) }),
  }
}

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no', // proxies pass each event on at once
}

/** Throws HEDDLE_INVALID_OPTION. */
function checkRun(run: unknown): void {
  if (typeof run === 'function' || typeof Object(run)[Symbol.asyncIterator] === 'function') return
  const hint = typeof Object(run).then === 'function' ? '; run(…) gives its result alone' : ''
  throw invalidOption(
    'run',
    run,
    `a run's stream, or (signal) => runStream({ task, signal })${hint}`,
  )
}

function begun(run: UIRunSource, signal: AbortSignal): AsyncIterable<RunItem> {
  if (typeof run !== 'function') return run
  const items: AsyncIterable<RunItem> = run(signal)
  if (typeof Object(items)[Symbol.asyncIterator] === 'function') return items
  throw oddResult('run', items, "a run's stream, as runStream(…) gives it, at once")
}

function metadataOf(result: TaskResult): HeddleUIMetadata {
  const { stopReason, usage } = result
  const finish = unfinishedIn(result)
  return { stopReason: uiStopReason(stopReason), usage, ...(finish && { finish }) }
}

function shownBy(show: (item: RunItem) => boolean, item: RunItem): boolean {
  const shown: unknown = show(item)
  if (typeof shown === 'boolean') return shown
  throw oddResult('show', shown, 'true or false, at once')
}

/** Throws HEDDLE_INVALID_OPTION for what JSON can't carry. */
function metadataBy(messageMetadata: (result: TaskResult) => unknown, result: TaskResult): unknown {
  const metadata = messageMetadata(result)
  if (metadata === undefined) return undefined
  const isText = () => typeof JSON.stringify(metadata) === 'string'
  if (!types.isPromise(metadata) && holds(isText)) return metadata
  throw oddResult('messageMetadata', metadata, 'a value that JSON carries, at once')
}

function holds(test: () => boolean): boolean {
  try {
    return test()
  } catch {
    return false
  }
}

/** The chunks of the next item that has any. */
async function chunksOf(
  ui: UIRun,
  next: () => Promise<IteratorResult<RunItem>>,
): Promise<ReturnType<UIRun['add']>> {
  for (;;) {
    const step = await next()
    if (step.done) throw invalidOption('run', undefined, 'a stream that ends with its result')
    if (!isRecord(step.value)) throw invalidOption('an item of run', step.value, 'a run item')
    const chunks = ui.add(step.value as RunItem)
    if (chunks.length > 0 || ui.isOver) return chunks
  }
}

async function drain(next: () => Promise<IteratorResult<RunItem>>): Promise<void> {
  try {
    while ((await next()).done !== true);
  } catch {} // who waits for its end reads it in the conversation
}
