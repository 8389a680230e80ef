/** The options of every runtime, resolved once: defaults filled in, each value checked. */
import type { Registrable } from '../agents/agent-module.ts'
import { neutralClock } from '../agents/turn-context.ts'
import { type Clock, systemClock } from '../clock.ts'
import { readFrom } from '../describe.ts'
import { jsonText } from '../json-text.ts'
import { ONCE_BYTES } from '../lane/once.ts'
import type { Intervention } from '../messages/intervention.ts'
import {
  checkCount,
  checkOptions,
  copyRecord,
  invalidOption,
  namesOf,
  readSafely,
} from '../option-check.ts'
import type { TaskLimits } from '../router/deliveries/deliveries.ts'
import type { IdWindow } from '../router/entrance/recent-ids.ts'
import type { RestartBudget } from '../router/fleet/restarts.ts'
import { type BoundOptions, type Bounds, boundsOf } from '../router/gate/bounds.ts'
import type { DeadLetterLimits } from '../router/reports/dead-letters.ts'
import { asWritten, line, named } from '../router/reports/error-line.ts'
import type { LogRecord } from '../router/reports/inspect-record.ts'
import {
  type Report,
  type ReportSink,
  reportToLog,
  reportToStderr,
} from '../router/reports/reporter.ts'
import { writeLine } from '../router/reports/stderr.ts'
import { checkInterventions } from '../router/routing/interventions.ts'
import type { ToolPoolOptions } from '../tools/pool-options.ts'

/** The options of every runtime. Each has a default. */
export interface RuntimeOptions {
  /** The agents to register; `register` adds more. Default: none. */
  readonly agents?: readonly Registrable[]
  /** How much may be in flight (D8). */
  readonly bounds?: BoundOptions
  /** How far a task may go before it is cut (D8). */
  readonly taskLimits?: Partial<TaskLimits>
  /** Called in order for each message, request and reply. Default: none. */
  readonly interventions?: readonly Intervention[]
  /**
   * Milliseconds that a request waits for its reply, unless its `deadlineMs` says otherwise.
   * Default 30,000.
   */
  readonly requestDeadlineMs?: number
  /** Milliseconds within which an agent must be imported and set up on a lane. Default 60,000. */
  readonly setupDeadlineMs?: number
  /**
   * Milliseconds that a turn may take, unless its agent says otherwise; a longer turn is aborted
   * and fails with HEDDLE_TURN_TIMEOUT. A lane whose thread is blocked for longer is ended and
   * replaced. Exact to a tenth of a second. Default 300,000.
   */
  readonly turnTimeoutMs?: number
  /**
   * Milliseconds between the abort of a turn and giving it up if it has not ended. Default 5,000.
   */
  readonly turnGraceMs?: number
  /**
   * Milliseconds after which a key that has work and settles nothing is reported as stalled.
   * Default 60,000.
   */
  readonly stallMs?: number
  /**
   * How often a lane may die, counting deaths that no turn was found to have caused, before it is
   * given up and its keys go to the other lanes. Default 20 times within 60,000 ms.
   */
  readonly restarts?: Partial<RestartBudget>
  /**
   * How much of a lane's heap may be in use after a full collection, in percent, before the lane is
   * drained and renewed. Default 80. When little room is left, V8 ends the whole process for some
   * kinds of data, above all long lists: lower the watermark if lanes hold such data.
   */
  readonly heapWatermark?: number
  /**
   * How many idle keys a lane keeps live; beyond that, the least recently used are passivated.
   * Default 50,000.
   */
  readonly maxLiveKeys?: number
  /** How many dead letters are kept, and which. Default: the newest 10,000. */
  readonly deadLetters?: Partial<DeadLetterLimits>
  /**
   * How long the ids passed to `publish` and `send` are remembered. Default: 300,000 ms, at most
   * the latest 100,000 ids and 64 MiB.
   */
  readonly idWindow?: Partial<IdWindow>
  /**
   * Named limits: how many turns, over all lanes, may be in `turn.withLimit(name, …)` at once.
   * Default: none.
   */
  readonly limits?: Readonly<Record<string, number>>
  /**
   * The most bytes that one turn may keep with `turn.once`; what is kept counts against `bounds`.
   * Default 16 MiB.
   */
  readonly onceBytes?: number
  /**
   * The pool of threads for tools with `runs: 'pool'`. A process has one, for all runtimes: while
   * another runtime runs, the options must be the same or left out. It begins with the first call,
   * and ends with the last runtime that used it.
   */
  readonly toolPool?: ToolPoolOptions
  /**
   * Receives the log records of turns. If it throws, the error is a line on stderr. Default: each
   * record is a line on stderr.
   */
  readonly log?: (record: LogRecord) => void
  /**
   * Where trouble is reported, in one line each: dead letters, retried turns, lanes that die or are
   * given up, stalled keys. `stderr`, `off`, or a function that is called with each {@link Report}.
   * Repeated trouble gets a few reports, then one per second that counts the rest. An error that
   * was the answer to a request is not reported. Default: `stderr`, or `log` if it is given;
   * nothing is reported while `inspect` has a listener, and no dead letters while
   * `deadLetters.watch` has one.
   */
  readonly report?: 'stderr' | 'off' | ((report: Report) => void)
  /** Default: real time. */
  readonly clock?: Clock
}

export interface ResolvedOptions {
  readonly agents: readonly Registrable[]
  readonly bounds: Bounds
  readonly taskLimits: TaskLimits
  readonly interventions: readonly Intervention[]
  readonly requestDeadlineMs: number
  readonly setupDeadlineMs: number
  readonly turnTimeoutMs: number
  readonly turnGraceMs: number
  readonly stallMs: number
  readonly restarts: RestartBudget
  readonly heapWatermark: number
  readonly maxLiveKeys: number
  readonly deadLetters: DeadLetterLimits
  readonly idWindow: IdWindow
  readonly limits: Readonly<Record<string, number>>
  readonly onceBytes: number
  readonly log: (record: LogRecord) => void
  /** Undefined: no reports. */
  readonly report: ReportSink | undefined
  readonly clock: Clock
}

/** The names of every runtime's options, for `checkOptions`. */
export const RUNTIME_OPTIONS = {
  agents: true,
  bounds: true,
  taskLimits: true,
  interventions: true,
  requestDeadlineMs: true,
  setupDeadlineMs: true,
  turnTimeoutMs: true,
  turnGraceMs: true,
  stallMs: true,
  restarts: true,
  heapWatermark: true,
  maxLiveKeys: true,
  deadLetters: true,
  idWindow: true,
  limits: true,
  onceBytes: true,
  toolPool: true,
  log: true,
  report: true,
  clock: true,
} as const satisfies Record<keyof RuntimeOptions, true>

const GROUPS = {
  bounds: namesOf<BoundOptions>({
    messages: true,
    bytes: true,
    keyMessages: true,
    keyBytes: true,
    policy: true,
  }),
  taskLimits: namesOf<TaskLimits>({ depth: true, total: true }),
  restarts: namesOf<RestartBudget>({ max: true, withinMs: true }),
  deadLetters: namesOf<DeadLetterLimits>({ max: true, keep: true }),
  idWindow: namesOf<IdWindow>({ windowMs: true, max: true, bytes: true }),
}

function checkGroups(options: RuntimeOptions): RuntimeOptions {
  const groups: Partial<Record<keyof RuntimeOptions, object>> = {}
  for (const group of Object.keys(GROUPS) as (keyof typeof GROUPS)[]) {
    const value = options[group]
    if (value !== undefined) groups[group] = checkOptions(value, GROUPS[group], group)
  }
  if (options.limits !== undefined) groups.limits = copyRecord('limits', options.limits)
  return { ...options, ...groups } as RuntimeOptions
}

type CountName = {
  [N in keyof RuntimeOptions]-?: RuntimeOptions[N] extends number | undefined ? N : never
}[keyof RuntimeOptions]

/** The names in `given` have been checked. Throws HEDDLE_INVALID_OPTION. */
export function resolveOptions(given: RuntimeOptions): ResolvedOptions {
  const options = checkGroups(given)
  const bounds = resolveBounds(options.bounds)
  const taskLimits = resolveTaskLimits(options.taskLimits)
  const restarts = resolveRestarts(options.restarts)
  const deadLetters = resolveDeadLetters(options.deadLetters)
  const idWindow = resolveIdWindow(options.idWindow)
  const { limits = {} } = options
  for (const [name, most] of Object.entries(limits)) checkCount(`limits.${name}`, most)
  const count = (name: CountName, otherwise: number) => {
    const { [name]: value = otherwise } = options
    return checkCount(name, value)
  }
  const { log = logToStderr, clock = systemClock } = options
  const agents = copyList('agents', options.agents ?? [], 'a list of agents')
  const rule = 'a list of records with any of onPublish, onSend, onReply'
  const interventions = copyList('interventions', options.interventions ?? [], rule)
  checkInterventions(interventions)
  if (typeof log !== 'function') throw invalidOption('log', log, 'a function')
  if (!CLOCK.every((name) => typeof readFrom(Object(clock), name) === 'function')) {
    throw invalidOption('clock', clock, `an object with ${CLOCK.join(', ')}`)
  }
  return {
    agents,
    bounds,
    taskLimits,
    interventions,
    requestDeadlineMs: count('requestDeadlineMs', 30_000),
    setupDeadlineMs: count('setupDeadlineMs', 60_000),
    turnTimeoutMs: count('turnTimeoutMs', 300_000),
    turnGraceMs: count('turnGraceMs', 5_000),
    stallMs: count('stallMs', 60_000),
    restarts,
    heapWatermark: checkPercent('heapWatermark', options.heapWatermark),
    maxLiveKeys: count('maxLiveKeys', 50_000),
    deadLetters,
    idWindow,
    limits,
    onceBytes: count('onceBytes', ONCE_BYTES),
    log,
    report: reportSink(options),
    clock: neutralClock(clock),
  }
}

function resolveBounds(given: BoundOptions | undefined): Bounds {
  const bounds = boundsOf(given)
  for (const name of ['messages', 'bytes', 'keyMessages', 'keyBytes'] as const) {
    checkCount(`bounds.${name}`, bounds[name])
  }
  if (!['wait', 'reject', 'shed'].includes(bounds.policy)) {
    throw invalidOption('bounds.policy', bounds.policy, "'wait', 'reject' or 'shed'")
  }
  return bounds
}

function resolveTaskLimits(given: Partial<TaskLimits> | undefined): TaskLimits {
  const taskLimits = { depth: 10_000, total: 1_000_000, ...given }
  checkCount('taskLimits.depth', taskLimits.depth)
  checkCount('taskLimits.total', taskLimits.total)
  return taskLimits
}

function resolveRestarts(given: Partial<RestartBudget> | undefined): RestartBudget {
  const restarts = { max: 20, withinMs: 60_000, ...given }
  checkCount('restarts.max', restarts.max)
  checkCount('restarts.withinMs', restarts.withinMs)
  return restarts
}

function resolveDeadLetters(given: Partial<DeadLetterLimits> | undefined): DeadLetterLimits {
  const deadLetters = { max: 10_000, keep: 'newest' as const, ...given }
  checkCount('deadLetters.max', deadLetters.max)
  if (!['newest', 'oldest'].includes(deadLetters.keep)) {
    throw invalidOption('deadLetters.keep', deadLetters.keep, "'newest' or 'oldest'")
  }
  return deadLetters
}

function resolveIdWindow(given: Partial<IdWindow> | undefined): IdWindow {
  const idWindow = { windowMs: 300_000, max: 100_000, bytes: 64 * 1_024 * 1_024, ...given }
  checkCount('idWindow.windowMs', idWindow.windowMs)
  checkCount('idWindow.max', idWindow.max)
  checkCount('idWindow.bytes', idWindow.bytes)
  return idWindow
}

/** Throws HEDDLE_INVALID_OPTION. */
function reportSink({ report, log }: RuntimeOptions): ReportSink | undefined {
  if (report === undefined) {
    return { mode: 'unheard', send: log === undefined ? reportToStderr : reportToLog(log) }
  }
  if (report === 'off') return undefined
  if (report === 'stderr') return { mode: 'always', send: reportToStderr }
  if (typeof report === 'function') return { mode: 'always', send: report }
  throw invalidOption('report', report, "'stderr', 'off' or a function")
}

/** More threads than any machine can use; each costs memory before it does anything. */
export const MOST_LANES = 1_024

function checkPercent(option: string, value: unknown = 80): number {
  if (typeof value === 'number' && value >= 1 && value <= 100) return value
  throw invalidOption(option, value, 'a number from 1 to 100')
}

const CLOCK = ['now', 'wallNow', 'after', 'soon'] as const

/**
 * A copy of a list as it is now; a hole in it becomes `undefined`. Throws HEDDLE_INVALID_OPTION.
 */
function copyList<T>(option: string, list: readonly T[], rule: string): readonly T[] {
  const refusal = () => invalidOption(option, list, rule)
  return readSafely(() => {
    if (!Array.isArray(list)) throw refusal()
    return [...list]
  }, refusal)
}

/** The most characters of a record's fields that are written to stderr. */
const MAX_LOGGED = 10_000

function logToStderr({ level, agent, text, fields }: LogRecord): void {
  const more = fields === undefined ? '' : ` ${jsonText(fields, MAX_LOGGED)}`
  writeLine(line`${named(level)} ${named(agent)}: ${asWritten(text + more)}`)
}
