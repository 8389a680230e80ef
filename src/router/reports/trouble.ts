/** The trouble that a record reports, in words. Records of ordinary traffic report none. */
import { type ErrorRecord, HeddleError } from '../../errors.ts'
import type { LateErrorRecord } from '../../wire/late-error.ts'
import type { DeadLetterReason } from '../ledger/endings.ts'
import type { DeadLetter } from './dead-letters.ts'
import { errorLine, type Line, line, named, oneLine } from './error-line.ts'
import type { InspectRecord, StalledKey, WaitsFor } from './inspect-record.ts'

/** One thing that went wrong. */
export interface Trouble {
  readonly level: 'warn' | 'error'
  /** Trouble of one sort gets a few lines and is then only counted. */
  readonly sort: string
  /** `type/key` */
  readonly agent: string | undefined
  readonly messageId: string | undefined
  readonly say: () => Line
}

/** `whyNobody` says why a message had no recipient. */
export function troublesOf(
  record: InspectRecord,
  whyNobody: (letter: DeadLetter) => string,
): Trouble[] {
  switch (record.kind) {
    case 'dead-letter':
      return [ofLetter(record.letter, whyNobody)]
    case 'turn':
      return record.outcome === 'retried' ? [ofRetry(record)] : []
    case 'lane-died':
      return [ofDeath(record)]
    case 'lane-gone':
      return [ofLoss(record)]
    case 'stalled':
      return record.keys.map(ofStall)
    case 'hot-key':
      return [ofHotKey(record)]
    case 'late-error':
      return [ofLateError(record)]
    case 'dispose-failed':
      return [ofDisposal(record)]
    case 'code-changed':
      return [ofCode(record)]
    case 'accepted':
    case 'dropped':
    case 'cancelled':
    case 'emitted':
    case 'retracted':
    case 'logged':
    case 'task-ended':
    case 'passivated':
    case 'lane-started':
      return []
    default:
      return [ofOther(record)]
  }
}

type Of<Kind extends InspectRecord['kind']> = Extract<InspectRecord, { readonly kind: Kind }>

/** Reasons that follow from a choice of the user: a policy, a time to live, a stop. */
const AS_CHOSEN = new Set<DeadLetterReason['kind']>(['shed', 'expired', 'stopped'])

function ofLetter(letter: DeadLetter, whyNobody: (letter: DeadLetter) => string): Trouble {
  const { reason, message, messageId, recipient, topic = '', attempts } = letter
  const subject =
    recipient === undefined
      ? line`'${named(message)}' on '${named(topic)}'`
      : line`${named(recipient)} on '${named(message)}'`
  const [type] = (recipient ?? topic).split('/', 1)
  const tries = attempts > 1 ? line`, attempt ${attempts}` : line``
  const why = () =>
    reason.kind === 'no-subscriber' ? oneLine(whyNobody(letter)) : problemOf(reason, message)
  return {
    level: AS_CHOSEN.has(reason.kind) ? 'warn' : 'error',
    sort: [
      'letter',
      reason.kind,
      type,
      message,
      'error' in reason ? nameOf(reason.error) : '',
    ].join(' '),
    agent: recipient,
    messageId,
    say: () =>
      line`dead letter (${named(reason.kind)}): ${subject} (${named(messageId)}${tries}): ${why()}`,
  }
}

function problemOf(
  reason: Exclude<DeadLetterReason, { kind: 'no-subscriber' }>,
  message: string,
): Line {
  switch (reason.kind) {
    case 'shed': {
      const { bound, limit } = reason
      return oneLine(new HeddleError('HEDDLE_BOUND_REACHED', { bound, limit }).message)
    }
    case 'expired':
      return oneLine(new HeddleError('HEDDLE_EXPIRED', { message, ttlMs: reason.ttlMs }).message)
    case 'task-limit': {
      const { limit, value } = reason
      return oneLine(new HeddleError('HEDDLE_TASK_LIMIT', { limit, value }).message)
    }
    case 'stopped':
      return line`the runtime stopped before it was done`
    default:
      return errorLine(reason.error)
  }
}

function ofRetry({
  agent,
  key,
  message,
  messageId,
  attempt,
  error,
  againInMs,
}: Of<'turn'>): Trouble {
  const problem = error === undefined ? line`it failed` : errorLine(error)
  const pause = line`${Math.round(againInMs ?? 0)} ms`
  return {
    level: 'warn',
    sort: ['retried', agent, message, error && nameOf(error)].join(' '),
    agent: `${agent}/${key}`,
    messageId,
    say: () =>
      line`retried: ${named(`${agent}/${key}`)} on '${named(message)}' (${named(messageId)}, attempt ${attempt}), again in ${pause}: ${problem}`,
  }
}

function ofDeath(record: Of<'lane-died'>): Trouble {
  const { lane, generation, cause, unsettled, suspects, culprit } = record
  const isRenewal = cause.code === 'HEDDLE_LANE_FULL'
  const back =
    unsettled === 1 ? line`1 delivery runs again` : line`${unsettled} deliveries run again`
  const suspected =
    suspects.length === 0 ? line`` : line`, suspects: ${someOf(suspects.map(named))}`
  const blamed = culprit === undefined ? suspected : line`, ended by ${named(culprit)}`
  return {
    level: isRenewal ? 'warn' : 'error',
    sort: `lane-died ${nameOf(cause)}`,
    agent: culprit,
    messageId: undefined,
    say: () =>
      line`lane ${named(isRenewal ? 'renewed' : 'died')}: lane ${lane}, generation ${generation}; ${back}${blamed}: ${errorLine(cause)}`,
  }
}

function ofLoss({ lane, cause, health }: Of<'lane-gone'>): Trouble {
  const rest =
    health === 'down'
      ? line`no lane is left, and nothing more is accepted`
      : line`its keys go to the other lanes`
  return {
    level: 'error',
    sort: 'lane-gone',
    agent: undefined,
    messageId: undefined,
    say: () =>
      line`lane given up: lane ${lane}; the runtime is ${named(health)}, ${rest}: ${errorLine(cause)}`,
  }
}

function ofStall({
  key,
  agent,
  message,
  messageId,
  waitsFor,
  sinceMs,
  inFlight,
}: StalledKey): Trouble {
  const waits = () => (waitsFor.length === 0 ? line`nothing known` : someOf(waitsFor.map(waitLine)))
  return {
    level: 'warn',
    sort: `stalled ${agent.split('/', 1)} ${message}`,
    agent,
    messageId,
    say: () =>
      line`stalled: ${named(agent)} on '${named(message)}' (${named(messageId)}), for ${seconds(sinceMs)}; ${inFlight} deliveries of key '${named(key)}' in flight; waits for ${waits()}`,
  }
}

function waitLine(wait: WaitsFor): Line {
  switch (wait.kind) {
    case 'reply':
      return line`a reply from ${named(wait.from)} (for ${seconds(wait.sinceMs)})`
    case 'limit':
      return line`the limit '${named(wait.limit)}' (for ${seconds(wait.sinceMs)})`
    case 'lock':
      return line`${named(wait.lock)}, held by ${someOf(wait.heldBy.map(named))} (for ${seconds(wait.sinceMs)})`
    case 'handler':
      return line`its own handler`
    case 'retry':
      return line`its next attempt in ${seconds(wait.inMs)}`
    case 'lane':
      return line`lane ${wait.lane} (${named(wait.why)})`
  }
}

function ofHotKey({ key, lane, inFlight, idleLanes }: Of<'hot-key'>): Trouble {
  const idle = idleLanes === 1 ? line`1 lane is idle` : line`${idleLanes} lanes are idle`
  return {
    level: 'warn',
    sort: `hot-key ${named(key)}`,
    agent: undefined,
    messageId: undefined,
    say: () =>
      line`hot key: '${named(key)}' keeps lane ${lane} to itself with ${inFlight} deliveries in flight while ${idle}; only finer keys can use idle lanes`,
  }
}

function ofLateError({ agent, message, messageId, error }: LateErrorRecord): Trouble {
  return {
    level: 'error',
    sort: ['late-error', agent.split('/', 1), message, nameOf(error)].join(' '),
    agent,
    messageId,
    say: () =>
      line`late error: ${named(agent)} on '${named(message)}' (${named(messageId)}) left work running that failed after its turn was committed; the failure changes nothing: ${errorLine(error)}`,
  }
}

function ofDisposal({ lane, of, name, error }: Of<'dispose-failed'>): Trouble {
  const what =
    of === 'lane'
      ? line`lane ${lane}`
      : line`the ${named(of)} '${named(name ?? '')}' on lane ${lane}`
  return {
    level: 'error',
    sort: ['dispose-failed', of, name, nameOf(error)].join(' '),
    agent: undefined,
    messageId: undefined,
    say: () => line`not disposed: ${what}: ${errorLine(error)}`,
  }
}

function ofCode({ agent, module, lane, generation }: Of<'code-changed'>): Trouble {
  return {
    level: 'warn',
    sort: `code-changed ${agent}`,
    agent: undefined,
    messageId: undefined,
    say: () =>
      line`code changed: lane ${lane}, generation ${generation}, runs a different text of ${oneLine(module)} for agent '${named(agent)}' from the lanes that started before; restart the runtime so that all run the same`,
  }
}

/** A record of a kind without its own sentence: its fields. */
function ofOther(record: { readonly kind: string }): Trouble {
  const fields = Object.entries(record).filter(([name]) => name !== 'kind')
  const text = (name: string) => {
    const value = Reflect.get(record, name)
    return typeof value === 'string' ? value : undefined
  }
  const said = fields.flatMap(([name, value]) => {
    if (isError(value)) return line`${named(name)}: ${errorLine(value)}`
    return typeof value === 'object' || value === undefined
      ? []
      : line`${named(name)} ${oneLine(String(value))}`
  })
  return {
    level: fields.some(([, value]) => isError(value)) ? 'error' : 'warn',
    sort: `${record.kind} ${text('agent')?.split('/', 1)}`,
    agent: text('agent'),
    messageId: text('messageId'),
    say: () => line`${named(record.kind.replaceAll('-', ' '))}: ${joined(said)}`,
  }
}

function isError(value: unknown): value is ErrorRecord {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value
}

function nameOf({ name, code }: ErrorRecord): string {
  return code ?? name
}

const MOST_NAMED = 3

function someOf(names: readonly Line[]): Line {
  const more = names.length > MOST_NAMED ? line` and ${names.length - MOST_NAMED} more` : line``
  return line`${joined(names.slice(0, MOST_NAMED))}${more}`
}

function joined(lines: readonly Line[]): Line {
  return lines.reduce((all, one) => (all === '' ? one : line`${all}, ${one}`), line``)
}

function seconds(ms: number): Line {
  return ms < 1_000 ? line`${Math.round(ms)} ms` : line`${Math.round(ms / 1_000)} s`
}
