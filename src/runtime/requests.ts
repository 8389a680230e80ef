/** Callers that wait for a reply, each with a deadline: every wait has an end (D9). */
import type { Clock } from '../clock.ts'
import { type ErrorRecord, errorFromRecord, errorToRecord, HeddleError } from '../errors.ts'
import { freezeArrived } from '../messages/payload.ts'
import type { LaneChannel } from './lane-channel.ts'

/** Who waits for the reply to a delivery. It is answered once; later answers are dropped. */
export interface Caller {
  /** Who waits for whom, outermost first; empty from outside. */
  readonly chain: readonly string[]
  /** Whether an answer is still wanted. */
  readonly isWaiting: boolean
  reply(value: unknown): void
  fail(error: ErrorRecord): void
}

export interface Deadline {
  readonly agent: string
  readonly request: string
  readonly deadlineMs: number
  /** Called before the caller is told, to take the delivery back. */
  readonly expired: () => void
}

type Answer =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: ErrorRecord }

/** Makes a caller that hands its one answer to `answer`, or HEDDLE_DEADLINE. */
function waitingCaller(
  clock: Clock,
  chain: readonly string[],
  { agent, request, deadlineMs, expired }: Deadline,
  answer: (answer: Answer) => void,
): Caller {
  let waiting = true
  const once = (outcome: Answer) => {
    if (!waiting) return
    waiting = false
    stopTimer()
    answer(outcome)
  }
  const stopTimer = clock.after(deadlineMs, () => {
    if (!waiting) return
    waiting = false // from here on, what becomes of the delivery is no answer
    expired()
    const error = new HeddleError('HEDDLE_DEADLINE', { agent, request, deadlineMs })
    answer({ kind: 'error', error: errorToRecord(error) })
  })
  return {
    chain,
    get isWaiting() {
      return waiting
    },
    reply: (value) => once({ kind: 'value', value }),
    fail: (error) => once({ kind: 'error', error }),
  }
}

/** A caller outside: its promise settles with the answer. */
export function outsideCaller(
  clock: Clock,
  deadline: Deadline,
): { readonly caller: Caller; readonly answer: Promise<unknown> } {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const caller = waitingCaller(clock, [], deadline, (answer) => {
    if (answer.kind === 'error') return reject(errorFromRecord(answer.error))
    freezeArrived(answer.value)
    resolve(answer.value)
  })
  return { caller, answer: promise }
}

/** A caller in a turn: the answer goes to its lane, unless that has died meanwhile. */
export function laneCaller(
  clock: Clock,
  chain: readonly string[],
  deadline: Deadline,
  channel: LaneChannel,
  id: number,
  answered: () => void,
): Caller {
  const { generation } = channel
  return waitingCaller(clock, chain, deadline, (answer) => {
    answered()
    if (channel.generation !== generation) return // the turn that asked died with its lane
    channel.reply({ ...answer, id })
  })
}
