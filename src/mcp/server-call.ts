/**
 * One call on a connection: its time, its end, and what is left of it then.
 *
 * Invariant: the call is asked of the server once. Whoever aborts it is answered at once; it lets
 * go when the server has answered or has read that it is cancelled, or has ended.
 */
import type { RequestOptions } from '@modelcontextprotocol/client'
import type { Clock } from '../clock.ts'
import { untilAborted, untilLate } from '../until.ts'
import { type Connection, type End, NO_LIMIT_MS } from './connection.ts'
import { closed, type Failing, mcpFailed } from './failure.ts'
import type { Tag } from './transport-watch.ts'

const BROKEN_OFF = 'the answer was broken off'
/** How long a server may take to show that it has read a cancellation. */
const LET_GO_MS = 2_000

export interface CallLimits {
  /** Milliseconds without progress. */
  readonly timeoutMs: number
  /** Milliseconds in all. */
  readonly maxTimeoutMs: number
}

export interface CallHost {
  readonly connection: Connection
  readonly failing: Failing
  readonly limits: CallLimits
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly progress: (value: unknown) => void
  /** Whatever has been asked of the server: ended when it settles. Called once. */
  readonly leaves: (letGo: Promise<unknown>) => void
}

/** Calls `ask` with the options of a request. Rejects as it does, and as the call ends. */
export async function callOn<T>(
  host: CallHost,
  ask: (options: RequestOptions) => Promise<T>,
): Promise<T> {
  const { connection, failing, limits, clock, signal } = host
  const ending = new AbortController()
  const tag: Tag = () => {}
  const stop = () => ending.abort(signal.reason)
  const fail = () => ending.abort(endFailure(connection, failing))
  signal.addEventListener('abort', stop, { once: true })
  connection.ending.addEventListener('abort', fail, { once: true })
  if (connection.ending.aborted) fail()
  if (signal.aborted) stop()
  const late = (option: keyof CallLimits) => () => {
    const problem = `it did not answer within its ${limits[option]} ms (${option}); the call may have been done, and is not made again`
    ending.abort(mcpFailed(failing, 'timeout', problem))
  }
  const stopAll = clock.after(limits.maxTimeoutMs, late('maxTimeoutMs'))
  let stopTimer = clock.after(limits.timeoutMs, late('timeoutMs'))
  const untrack = connection.track(tag, {
    lost: () => {
      const oddity = connection.takeOddity()
      const isOdd = oddity !== ''
      ending.abort(isOdd ? mcpFailed(failing, 'protocol', oddity) : closed(failing, BROKEN_OFF))
    },
    progress: (value) => {
      if (ending.signal.aborted) return
      stopTimer()
      stopTimer = clock.after(limits.timeoutMs, late('timeoutMs'))
      host.progress(value)
    },
  })
  const onprogress = () => {} // asks the server for progress; `track` hears it
  const options = {
    signal: ending.signal,
    timeout: NO_LIMIT_MS,
    onprogress,
    onresumptiontoken: tag,
  }
  try {
    ending.signal.throwIfAborted()
    return await untilAborted(ask(options), ending.signal)
  } finally {
    stopTimer()
    stopAll()
    signal.removeEventListener('abort', stop)
    connection.ending.removeEventListener('abort', fail)
    host.leaves(letGo(connection, tag, clock).finally(untrack))
  }
}

/** Why a call has failed whose connection has ended. */
function endFailure(connection: Connection, failing: Failing): Error {
  const { kind, problem } = connection.ending.reason as End
  if (kind === 'protocol') return mcpFailed(failing, 'protocol', problem)
  const why = problem === '' ? connection.lastWords : problem
  return closed(failing, why === '' ? 'the server closed it' : why)
}

/**
 * A server that has read a cancellation need not answer it, but it answers a ping. One that does
 * neither hangs: if nothing else is under way there, it is given up.
 */
async function letGo(connection: Connection, tag: Tag, clock: Clock): Promise<void> {
  const { client, watch, ending } = connection
  const answer = watch.answerTo(tag)
  if (answer === undefined || ending.aborted) return watch.forget(tag)
  const pinging = new AbortController()
  const read = client.ping({
    signal: pinging.signal,
    timeout: NO_LIMIT_MS,
    onresumptiontoken: tag,
  })
  const isOver = await untilLate(
    clock,
    LET_GO_MS,
    untilAborted(Promise.race([answer, read]), ending).then(
      () => true,
      () => true, // it has refused the ping, or ended
    ),
    () => false,
  )
  pinging.abort('it is of no use any more')
  read.catch(() => {})
  watch.forget(tag)
  if (isOver || connection.inFlight > 1) return
  connection.end({ kind: 'closed', problem: 'the server did not answer' })
  connection.kill('SIGKILL')
}
