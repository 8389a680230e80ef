/** A run of an agent or a team as the UI message stream of the AI SDK, which `useChat` reads. */
import type { UIMessageChunk } from 'ai'
import type { RunItem, TaskResult } from '../agentchat/runs/task.ts'
import { isRecord } from '../describe.ts'
import { checkRecord, checkRules, invalidOption } from '../option-check.ts'
import { NAME, oneOf, type RulesOf, SYNC_FUNCTION } from '../option-rules.ts'
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
  /** Whether an item is shown: its reasoning, memories or tools may not be for everyone. */
  readonly show?: (item: RunItem) => boolean
  /** The metadata of the message. Default: the stop reason and the usage. */
  readonly messageMetadata?: (result: TaskResult) => unknown
  /**
   * What the browser is told of an error, of the run or of a tool. Default: "An error occurred."
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
  messageId: NAME,
  show: SYNC_FUNCTION,
  messageMetadata: SYNC_FUNCTION,
  onError: SYNC_FUNCTION,
  ifReaderLeaves: oneOf('cancel', 'go-on'),
}

const MASKED = 'An error occurred.'

/**
 * A run as one message of the AI SDK. Each step of a team is a step of the message; what an agent
 * retracts is taken out of it. The run begins when the stream is first read, and one item is read
 * at a time. A failure is a chunk of the stream, which itself never fails. Throws
 * HEDDLE_INVALID_OPTION.
 */
export function toUIMessageStream(
  run: UIRunSource,
  options: UIMessageStreamOptions = {},
): ReadableStream<HeddleUIMessageChunk> {
  const { messageId, show, messageMetadata, onError, ifReaderLeaves } = checkRules(options, OPTIONS)
  checkRun(run)
  const left = new AbortController()
  const ui = new UIRun({
    messageId,
    show: show ?? (() => true),
    messageMetadata: messageMetadata ?? metadataOf,
    errorText: (error) => textOf(onError, error),
  })
  let items: AsyncIterator<RunItem> | undefined
  const next = () => {
    items ??= (typeof run === 'function' ? run(left.signal) : run)[Symbol.asyncIterator]()
    return items.next()
  }
  const end = (reason: unknown) => {
    left.abort(reason)
    const told = async () => items?.return?.()
    told().catch(() => {})
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
          end(error)
          return ui.fail(error)
        })
        if (isLeft) return
        for (const chunk of chunks) controller.enqueue(chunk as HeddleUIMessageChunk)
        if (ui.isOver) controller.close()
      },
      cancel: (reason) => {
        isLeft = true
        if (ifReaderLeaves === 'go-on') drain(next)
        else end(reason ?? 'nobody reads its stream any more')
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
  const chunks = toUIMessageStream(run, rest)
  const events = new TransformStream<HeddleUIMessageChunk, string>({
    transform: (chunk, controller) => controller.enqueue(`data: ${JSON.stringify(chunk)}\n\n`),
    flush: (controller) => controller.enqueue('data: [DONE]\n\n'),
  })
  const all = new Headers(HEADERS)
  for (const [name, value] of new Headers(headers)) all.set(name, value)
  const body = chunks.pipeThrough(events).pipeThrough(new TextEncoderStream())
  return new Response(body, {
    headers: all,
    ...(status !== undefined && { status }),
    ...(statusText !== undefined && { statusText }),
  })
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

function metadataOf(result: TaskResult): HeddleUIMetadata {
  const { stopReason, usage } = result
  const finish = unfinishedIn(result)
  return { stopReason: uiStopReason(stopReason), usage, ...(finish && { finish }) }
}

function textOf(onError: ((error: unknown) => string) | undefined, error: unknown): string {
  try {
    const text: unknown = onError?.(error)
    return typeof text === 'string' ? text : MASKED
  } catch {
    return MASKED
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
