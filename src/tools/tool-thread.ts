/** What runs on a thread of a pool: one call of a tool at a time. */
import '../node-version.ts'
import type { MessagePort } from 'node:worker_threads'
import { errorToRecord } from '../errors.ts'
import { sealPayload } from '../messages/payload.ts'
import { type CallMark, marked, watchLeftBehind } from './left-behind.ts'
import { PacedProgress } from './paced-progress.ts'
import type { PoolCall } from './pool-call.ts'
import { shownWhile } from './progress.ts'
import type { FromThread, ThreadCall, ThreadOutcome, ToThread } from './thread-call.ts'
import { unpackReason } from './thread-call.ts'
import { shownOf } from './tool-content.ts'
import { importTool, type ToolDefinition } from './tool-definition.ts'

/** The port to the main thread. */
let port: MessagePort | undefined
let paced: PacedProgress | undefined
/** The call that runs. */
let running: { readonly id: number; readonly ending: AbortController } | undefined
/** The last abort; it may overtake the call that it is for. */
let aborted: ToThread | undefined

/** The tools that are loaded. */
const tools = new Map<string, Pick<ToolDefinition, 'run'>>()

/** On a thread of a pool: what tools leave behind ends no other call. */
export function reportLeftBehind(): void {
  watchLeftBehind((tool, error) => tell({ kind: 'left', tool, error: errorToRecord(error) }))
}

/** Runs a call to its end. Never rejects. */
export async function runCall({ id, call, first }: ThreadCall): Promise<ThreadOutcome> {
  if (first !== undefined) {
    listen(first.port)
    paced = new PacedProgress(first.taken)
  }
  const ending = new AbortController()
  running = { id, ending }
  if (aborted?.id === id) ending.abort(unpackReason(aborted.reason))
  const mark: CallMark = { tool: call.name, hasEnded: false }
  try {
    const result = marked(mark, () => resultOf(id, call, ending.signal))
    return { kind: 'done', value: await result }
  } catch (error) {
    return { kind: 'failed', error: errorToRecord(error) }
  } finally {
    running = undefined
    mark.hasEnded = true
    await Promise.all([process.stdout, process.stderr].map(written))
  }
}

/** What the tool has printed is lost if its thread ends before the main thread has it. */
function written(stream: NodeJS.WriteStream): Promise<unknown> | undefined {
  if (stream.writableLength === 0) return undefined
  return new Promise((resolve) => stream.write('', resolve))
}

function listen(given: MessagePort): void {
  port = given
  given.on('message', (message: ToThread) => {
    aborted = message
    if (running?.id === message.id) running.ending.abort(unpackReason(message.reason))
  })
}

function tell(message: FromThread): void {
  port?.postMessage(message)
}

async function resultOf(id: number, call: PoolCall, signal: AbortSignal): Promise<unknown> {
  const { module, name, args, callId, agent, idempotencyKey, forModel } = call
  const place = `${module} ${name}`
  const known = tools.get(place)
  const { run } = known ?? (await importTool(module, name))
  signal.throwIfAborted()
  const post = (value: unknown) => tell({ kind: 'progress', id, value })
  const progress = shownWhile(signal, name, (value) => paced?.show(() => post(value)))
  if (known === undefined) {
    tools.set(place, { run })
    tell({ kind: 'began', id })
  }
  try {
    const context = { callId, agent, idempotencyKey, signal, progress: progress.show }
    const value = await run(args as never, context)
    return forModel ? shownOf(value) : sealPayload(value, `the result of tool ${name}`).value
  } finally {
    progress.end()
    paced?.flush()
  }
}
