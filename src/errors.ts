/**
 * Every error of heddle: its code, the sentence that names the offender and the fix, and its
 * fields.
 *
 * Node's `postMessage` loses an error's class, name, code and fields, so errors cross threads as
 * {@link ErrorRecord}s and are rebuilt on the other side.
 */
import { types } from 'node:util'
import { describe, isError, plainText, problemOf, readFrom, textFrom } from './describe.ts'
import { chainOf, cutText, fieldsOf, isList } from './error-parts.ts'

export { describe, plainText, problemOf }

/**
 * One entry for each code: a function from the error's fields to its message. `docs/errors.md` has
 * a heading for each.
 */
export const ERROR_CODES = {
  HEDDLE_INVALID_ID: (f: { what: string; value: string; rule: string }) =>
    `${f.what} ${f.value} breaks the rule: ${f.rule}`,
  HEDDLE_NOT_A_MESSAGE: (f: { got: string; wanted: 'message' | 'request' }) =>
    `${f.got} is not a ${f.wanted}; make one with a type from ${f.wanted === 'message' ? 'defineMessage' : 'defineRequest'}`,
  HEDDLE_INVALID_MESSAGE: (f: { message: string; problem: string }) =>
    `'${f.message}' is not well defined: ${f.problem}`,
  HEDDLE_INVALID_PAYLOAD: (f: { message: string; issues: readonly string[] }) =>
    `the payload of '${f.message}' does not fit its schema: ${f.issues.join('; ')}`,
  HEDDLE_PAYLOAD_NOT_CLONEABLE: (f: {
    message: string
    path: string
    problem: string
    effect?: string
  }) =>
    f.effect === undefined
      ? `'${f.message}' can't cross a thread: ${f.path} ${f.problem}`
      : `the effect '${f.effect}' is done, and what it gave can't be kept: ${f.path} ${f.problem}`,
  HEDDLE_ASYNC_SCHEMA: (f: { what: string }) =>
    `the schema of ${f.what} validates asynchronously; heddle checks at the call, so use a synchronous schema`,
  HEDDLE_WRONG_TOPIC: (f: { topic: string; message: string; accepts: readonly string[] }) =>
    `topic '${f.topic}' does not carry '${f.message}', only ${f.accepts.join(', ')}`,
  HEDDLE_INVALID_AGENT: (f: { agent: string; problem: string }) =>
    `agent ${f.agent} is not well defined: ${f.problem}`,
  HEDDLE_INVALID_CONFIG: (f: { agent: string; issues: readonly string[] }) =>
    `the config of agent '${f.agent}' does not fit its schema: ${f.issues.join('; ')}; pass it with .with(config)`,
  HEDDLE_CONFIG_NOT_CLONEABLE: (f: { agent: string; problem: string }) =>
    `the config of agent '${f.agent}' can't cross a thread: ${f.problem}; pass data and build the rest in setup`,
  HEDDLE_DUPLICATE_AGENT: (f: { agent: string }) =>
    `an agent of type '${f.agent}' is registered already; give this one another name with .as(type)`,
  HEDDLE_AGENT_LOAD_FAILED: (f: { agent: string; module: string; problem: string }) =>
    `agent '${f.agent}' could not be loaded from ${f.module}: ${f.problem}`,
  HEDDLE_AGENT_IN_TEST_FILE: (f: { agent: string; module: string }) =>
    `agent '${f.agent}' is defined in the test file ${f.module}, which a lane can't import; move it to a module of its own`,
  HEDDLE_AGENT_IN_MAIN: (f: { agent: string; module: string }) =>
    `agent '${f.agent}' is defined in ${f.module}, the file that this program was started with: a lane that imports it would run the program again; move the agent to a module of its own, and if a bundler merged the two, build that module as an entry point`,
  HEDDLE_SETUP_FAILED: (f: { agent: string; problem: string }) =>
    `the setup of agent '${f.agent}' failed: ${f.problem}`,
  HEDDLE_UNKNOWN_AGENT: (f: { agent: string; known: readonly string[] }) =>
    `no agent of type '${f.agent}' is registered; known: ${f.known.join(', ') || 'none'}`,
  HEDDLE_UNHANDLED_REQUEST: (f: { agent: string; request: string }) =>
    `agent '${f.agent}' has no handler that takes the request '${f.request}'; add one with on(…)`,
  HEDDLE_UNHANDLED_MESSAGE: (f: { agent: string; message: string }) =>
    `no handler of agent '${f.agent}' matches this '${f.message}'; add one without a match predicate to take the rest`,
  HEDDLE_DUPLICATE_SUBSCRIPTION: (f: { subscription: string }) =>
    `an equal subscription exists: ${f.subscription}`,
  HEDDLE_UNKNOWN_SUBSCRIPTION: (f: { subscription: string }) =>
    `no subscription has the id '${f.subscription}'; it may have been removed already`,
  HEDDLE_INVALID_SUBSCRIPTION: (f: { subscription: string; problem: string }) =>
    `subscription ${f.subscription} is not valid: ${f.problem}`,
  HEDDLE_INVALID_OPTION: (f: { option: string; value: string; rule: string }) =>
    `option '${f.option}' is ${f.value}, and must be ${f.rule}`,
  HEDDLE_RUNTIME_IN_LANE: (f: { agent?: string; module?: string }) =>
    `a runtime was started inside a lane${f.module === undefined ? '' : `, which loads the agent '${f.agent}' from ${f.module}`}; start it on the main thread, and keep that call out of modules that agents import and out of preloads (--import)`,
  HEDDLE_NO_LANE_ENTRY: (f: { entry: string }) =>
    `the file that lane threads run, ${f.entry}, does not exist; if heddle is bundled, keep it external, or build 'heddle/lane' as an entry point and set laneEntry to the result`,
  HEDDLE_NO_TOOL_ENTRY: (f: { entry: string }) =>
    `the file that the threads of tools run, ${f.entry}, does not exist; if heddle is bundled, keep it external, or build 'heddle/tool-thread' as an entry point and set threadEntry (of startToolPool, or of a runtime's toolPool) to the result`,
  HEDDLE_LANE_START_FAILED: (f: { lane: number; problem: string }) =>
    `lane ${f.lane} did not start: ${f.problem}`,
  HEDDLE_LANE_DIED: (f: { lane: number; problem: string }) =>
    `lane ${f.lane} died before it answered: ${f.problem}`,
  HEDDLE_TWO_COPIES: (f: { agent: string; agentCopy: string; laneCopy: string }) =>
    `agent '${f.agent}' was defined with a different copy of heddle (${f.agentCopy}) from the one that its lane runs (${f.laneCopy}); make 'heddle' resolve to one copy`,
  HEDDLE_INSIDE_TURN: (f: { call: string; of?: 'conversation' }) =>
    f.of === 'conversation'
      ? `${f.call} of a team's conversation was called inside a turn; call it from outside; within a turn, use the team as a participant, behind agentTool, or by team.ask`
      : `runtime.${f.call} was called inside a turn; use the turn's own publish and send, which are part of its commit`,
  HEDDLE_OUTSIDE_TURN: (f: { what: string }) =>
    `${f.what} was called on a lane, outside of a turn; call it from a handler, or from the main thread`,
  HEDDLE_NOT_ON_MAIN: (f: { subpath: string }) =>
    `'heddle/${f.subpath}' is not loaded on the main thread, which has to do its part; import it there too`,
  HEDDLE_TURN_ENDED: (f: { agent: string; call: string; lost?: string; of?: 'context' }) =>
    f.lost === undefined
      ? `${f.of ?? 'turn'}.${f.call} was called after the turn of '${f.agent}' had ended; await everything that the handler starts`
      : `the turn of '${f.agent}' ended before its ${f.of ?? 'turn'}.${f.call} did: ${f.lost} was given up; await everything that the handler starts`,
  HEDDLE_DETACHED_CALL: (f: { call: string }) =>
    `${f.call} was detached from its object and no longer knows its owner; call it as ${f.call}(…)`,
  HEDDLE_STATE_NOT_PLAIN: (f: { agent: string; field: string; problem: string }) =>
    `state field '${f.field}' of '${f.agent}' can't be kept: ${f.problem}; keep data in state, and the rest in resources`,
  HEDDLE_STATE_CHANGED: (f: { agent: string; field: string; problem: string }) =>
    `state field '${f.field}' of '${f.agent}' does not match what was saved under its name: ${f.problem}; give the field another name, or load state that fits it`,
  HEDDLE_INTERVENTION_FAILED: (f: { on: string; message: string; problem: string }) =>
    `an intervention failed in ${f.on} of '${f.message}': ${f.problem}`,
  HEDDLE_DROPPED: (f: { message: string; reason: string }) =>
    `an intervention dropped '${f.message}': ${f.reason}`,
  HEDDLE_REQUEST_FAILED: (f: { agent: string; request: string; problem: string }) =>
    `'${f.agent}' failed on the request '${f.request}': ${f.problem}`,
  HEDDLE_REQUEST_CYCLE: (f: { cycle: readonly string[] }) =>
    `this request would wait for itself: ${f.cycle.join(' → ')}; publish instead, or ask an agent outside the chain`,
  HEDDLE_UNKNOWN_LIMIT: (f: { limit: string; known: readonly string[]; agent?: string }) =>
    `no limit is named '${f.limit}'${f.agent === undefined ? '' : `, which '${f.agent}' uses`}; known: ${f.known.join(', ') || 'none'}; name it in the runtime's limits`,
  HEDDLE_LIMIT_DEADLINE: (f: { limit: string; waitedMs: number; holders: readonly string[] }) =>
    `the limit '${f.limit}' had no room within ${f.waitedMs} ms; it is held by ${f.holders.join(', ') || 'nobody now'}`,
  HEDDLE_ONCE_REUSED: (f: { agent: string; name: string }) =>
    `the turn of '${f.agent}' uses the name '${f.name}' for two effects; give each call of once a name of its own`,
  HEDDLE_ONCE_FULL: (f: {
    agent: string
    name: string
    bytes: number
    limit: number
    isAlone?: boolean
  }) =>
    `the turn of '${f.agent}' has no room to keep the result of '${f.name}': that would make ${f.bytes} bytes, and ${f.limit} are allowed; return less${f.isAlone ? '' : ", or raise the runtime's onceBytes"}`,
  HEDDLE_OUTSIDE_AWAIT: (f: { agent: string; message: string }) =>
    `the turn of '${f.agent}' on '${f.message}' awaits something that the simulation does not know: a timer, a file, a network; give the agent a resource that a test can replace, or set outside to 'report'`,
  HEDDLE_INJECTED: (f: { agent: string; message: string }) =>
    `the simulation made the turn of '${f.agent}' on '${f.message}' fail, as its option 'failures' asks`,
  HEDDLE_DEADLINE: (f: { agent: string; request: string; deadlineMs: number }) =>
    `'${f.agent}' did not answer the request '${f.request}' within ${f.deadlineMs} ms`,
  HEDDLE_CANCELLED: (f: { what: string; reason: string }) => `${f.what} was cancelled: ${f.reason}`,
  HEDDLE_TURN_TIMEOUT: (f: { agent: string; limitMs: number }) =>
    `the turn of '${f.agent}' took longer than ${f.limitMs} ms; raise the agent's turnTimeoutMs, or split the work into several messages`,
  HEDDLE_LANE_ENDED: (f: { lane: number }) =>
    `the thread of lane ${f.lane} was ended from outside; no turn is to blame, and those under way run again`,
  HEDDLE_LANE_HUNG: (f: { lane: number; silentMs: number; turns: readonly string[] }) =>
    `the thread of lane ${f.lane} did not return to its event loop for ${f.silentMs} ms and was ended; under way: ${f.turns.join(', ') || 'no turn'}; make long loops await, or call turn.throwIfCancelled()`,
  HEDDLE_LANE_FULL: (f: { lane: number; percent: number; watermark: number }) =>
    `lane ${f.lane} was renewed: its heap was ${f.percent} % full, and its watermark is ${f.watermark} %; keep less in state and resources, lower maxLiveKeys, or raise laneHeapMb`,
  HEDDLE_RESTART_BUDGET: (f: { lane: number; deaths: number; withinMs: number }) =>
    `lane ${f.lane} died ${f.deaths} times within ${f.withinMs} ms and is given up; see the lane-died records for the causes; runtime.restartLanes() opens it again`,
  HEDDLE_POISON: (f: { agent: string; message: string; deaths: number }) =>
    `'${f.agent}' is not tried again on '${f.message}': its lane's thread ended ${f.deaths} times during that turn`,
  HEDDLE_EXPIRED: (f: { message: string; ttlMs: number }) =>
    `the turn for '${f.message}' did not begin within its time to live, ${f.ttlMs} ms; raise ttlMs, or see what kept its key busy`,
  HEDDLE_ID_REUSED: (f: { call: string; id: string; message: string; target: string }) =>
    `the id '${f.id}' was used before, by a ${f.call} of a different '${f.message}' to '${f.target}'; give each message its own id`,
  HEDDLE_TASK_LIMIT: (f: { limit: 'depth' | 'total'; value: number }) =>
    `the task passed its limit of ${f.value} (${f.limit}); raise taskLimits.${f.limit}, or end the chain of messages`,
  HEDDLE_BOUND_REACHED: (f: { bound: string; limit: number }) =>
    `the bound ${f.bound} of ${f.limit} is reached; wait for deliveries to settle, or choose the policy 'wait'`,
  HEDDLE_NO_LANES: (f: { problem: string }) => `no lane is left: ${f.problem}`,
  HEDDLE_STOPPED: (f: { call: string }) =>
    `${f.call}: the runtime is stopping or has stopped, and accepts nothing more`,
  HEDDLE_NOT_IDLE: (f: { call: string; inFlight: number }) =>
    `${f.call} needs an idle runtime, and ${f.inFlight} deliveries are in flight; await idle() first`,
  HEDDLE_INVALID_TASK: (f: { problem: string }) => `this is not a task: ${f.problem}`,
  HEDDLE_INVALID_CHAT_AGENT: (f: { what: string; problem: string }) =>
    `${f.what} is not well defined: ${f.problem}`,
  HEDDLE_INVALID_TOOL: (f: { tool: string; problem: string }) =>
    `tool${f.tool === '' ? '' : ` '${f.tool}'`} is not well defined: ${f.problem}`,
  HEDDLE_TOOL_NAMES: (f: { agent: string; tool: string; owners: readonly [string, string] }) =>
    `the agent '${f.agent}' has two tools called '${f.tool}': one of ${f.owners[0]}, and one of ${f.owners[1]}; give the tools of a source a prefix`,
  HEDDLE_MCP_FAILED: (f: {
    server: string
    problem: string
    kind: 'connect' | 'closed' | 'timeout' | 'protocol' | 'refused'
    retryable: boolean
    tool?: string
    retryAfterMs?: number
  }) =>
    `the MCP server '${f.server}' failed${f.tool === undefined ? '' : ` at its tool '${f.tool}'`}: ${f.problem}`,
  HEDDLE_TOOL_ARGUMENTS: (f: { tool: string; problem: string }) =>
    `the arguments of the tool '${f.tool}' do not fit: ${f.problem}`,
  HEDDLE_TOOL_POOL_FULL: (f: { tool: string; bound: 'calls' | 'bytes'; limit: number }) =>
    `the tool '${f.tool}' was not called: ${f.limit} ${f.bound} wait for the pool of tools already; call it with whenFull: 'wait', or raise queue.${f.bound}`,
  HEDDLE_TOOL_POOL_STOPPED: (f: { tool: string }) =>
    `the tool '${f.tool}' was not called, or not to its end: its pool was stopped`,
  HEDDLE_TOOL_NO_POOL: (f: { tool?: string; problem: string }) =>
    f.tool === undefined
      ? `a pool of tools can't be started here: ${f.problem}`
      : `the tool '${f.tool}' can't be called from here: ${f.problem}`,
  HEDDLE_TOOL_TIMEOUT: (f: { tool: string; limitMs: number }) =>
    `the tool '${f.tool}' took longer than ${f.limitMs} ms, and its thread was ended; raise its timeoutMs, or give it less to do`,
  HEDDLE_TOOL_OUT_OF_MEMORY: (f: { tool: string; limitMb: number }) =>
    `the tool '${f.tool}' needed more than ${f.limitMb} MiB of heap, and its thread was ended; raise its memoryMb, or let it hold less at once`,
  HEDDLE_TOOL_DIED: (f: { tool: string; problem: string }) =>
    `the thread of the tool '${f.tool}' ended before the tool did: ${f.problem}`,
  HEDDLE_TOOL_LOAD_FAILED: (f: { tool: string; module: string; problem: string }) =>
    `the tool '${f.tool}' could not be loaded from ${f.module}: ${f.problem}`,
  HEDDLE_INVALID_TEAM: (f: { what: string; problem: string }) =>
    `${f.what} is not well defined: ${f.problem}`,
  HEDDLE_INVALID_GRAPH: (f: { problem: string; path: readonly string[] }) =>
    `the graph can't run: ${f.problem}${f.path.length === 0 ? '' : ` (${f.path.join(' → ')})`}`,
  HEDDLE_ALREADY_RUNNING: (f: { what: string }) =>
    `${f.what} is already running; wait for it to end, give each concurrent run its own conversation, or say ifBusy`,
  HEDDLE_BUDGET: (f: { what: string; limit: number }) =>
    `the run has used up its ${f.limit} ${f.what}; raise its budget, or let it end earlier`,
  HEDDLE_MODEL_ANSWER: (f: { agent: string; problem: string }) =>
    `'${f.agent}' can't use its model's answer: ${f.problem}`,
  HEDDLE_MODEL_FAILED: (f: {
    model: string
    problem: string
    kind: 'auth' | 'rate-limit' | 'request' | 'server' | 'connection' | 'timeout'
    retryable: boolean
    status?: number
    retryAfterMs?: number
    attempts?: number
  }) =>
    `the model '${f.model}' failed${f.attempts === undefined ? '' : `, at the last of ${f.attempts} attempts`}: ${f.problem}`,
  HEDDLE_MISSING_PACKAGE: (f: { package: string; subpath: string }) =>
    `${f.subpath} needs the package '${f.package}', which is not installed; run: npm install ${f.package}`,
  HEDDLE_NO_MORE_ANSWERS: (f: { model: string; caller: string; call: number }) =>
    `the scripted model '${f.model}' has no answer ${f.call} for '${f.caller}'; add one, or give it a function`,
  HEDDLE_INLINE_TEAM: (f: { agent: string }) =>
    `'${f.agent}' belongs to a team made of closures, which no other thread can load; define the team with defineTeam(import.meta.url, …), and export it`,
  HEDDLE_INVALID_SNAPSHOT: (f: { problem: string }) => `the snapshot can't be loaded: ${f.problem}`,
  HEDDLE_HTTP_REFUSED: (f: { status: number; problem: string }) =>
    `the request was refused with ${f.status}: ${f.problem}`,
  HEDDLE_DEFECT: (f: { what: string }) =>
    `heddle has a defect: ${f.what}; please report this, with the stack`,
} as const

type Table = typeof ERROR_CODES
/** The codes that a {@link HeddleError} can have. */
export type ErrorCode = keyof Table
/** The fields of an error with this code. */
export type ErrorFields<Code extends ErrorCode> = Parameters<Table[Code]>[0]

/**
 * Every error that heddle raises. `code` is stable; `fields` names the offender; `cause` is
 * the error behind it.
 */
export class HeddleError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'HeddleError'
  readonly code: Code
  readonly fields: Readonly<ErrorFields<Code>>

  constructor(
    code: Code,
    fields: ErrorFields<Code>,
    options: { cause?: unknown; message?: string } = {},
  ) {
    const say = ERROR_CODES[code] as (fields: ErrorFields<Code>) => string
    super(options.message ?? `${say(fields)} (${code})`, 'cause' in options ? options : undefined)
    this.code = code
    this.fields = fields
  }
}

/**
 * Whether `error` is a {@link HeddleError} with this code; its `fields` then have the code's type.
 */
export function isHeddleError<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is HeddleError<Code> {
  return isOwn(error) && error.code === code
}

/** `instanceof` alone throws on a revoked proxy. */
function isOwn(error: unknown): error is HeddleError {
  return !types.isProxy(error) && error instanceof HeddleError
}

/** An error as plain data: the form in which it crosses threads and is kept in dead letters. */
export interface ErrorRecord {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: ErrorRecord
  /** The parts of an `AggregateError`. */
  readonly errors?: readonly ErrorRecord[]
}

/** The most causes kept of a chain; of a longer one, the outermost and the first are kept. */
const MAX_CHAIN = 9
/** How many parts of an `AggregateError` are kept, and how deep parts may hold parts. */
const MAX_PARTS = 16
const MAX_PARTS_DEPTH = 3

/** The most characters of a message, a stack and a field. */
const MAX_TEXT = 64 * 1_024

/**
 * Any thrown value as a record that can be cloned, and is not too large. Never throws, whatever the
 * value is.
 */
export function errorToRecord(error: unknown): ErrorRecord {
  return chainToRecord(error, 0)
}

/** From the first cause up, so that no chain is too long for the stack. */
function chainToRecord(error: unknown, depth: number): ErrorRecord {
  const chain = chainOf(error)
  const first = chain.at(-1)
  let record = linkToRecord(first, depth)
  let kept = chain.slice(0, -1)
  if (chain.length > MAX_CHAIN) {
    kept = chain.slice(0, MAX_CHAIN - 2)
    const left = chain.length - MAX_CHAIN + 1
    record = { name: 'Error', message: `${left} causes are left out here`, cause: record }
  }
  for (const link of kept.reverse()) record = { ...linkToRecord(link, depth), cause: record }
  return record
}

/** One error without its cause. */
function linkToRecord(error: unknown, depth: number): ErrorRecord {
  if (typeof error !== 'object' || error === null) {
    return { name: 'Error', message: describe(error) }
  }
  const stack = textFrom(error, 'stack')
  const code = textFrom(error, 'code')
  const fields = fieldsOf(error, isOwn(error) ? error.fields : undefined, MAX_TEXT)
  const errors = partsOf(error, depth)
  const message = textFrom(error, 'message') ?? (isError(error) ? '' : describe(error))
  return {
    name: cutText(textFrom(error, 'name') ?? 'Error', MAX_TEXT),
    message: cutText(message, MAX_TEXT),
    ...(stack === undefined ? {} : { stack: cutText(stack, MAX_TEXT) }),
    ...(code === undefined ? {} : { code: cutText(code, MAX_TEXT) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** The errors inside an `AggregateError`, or an error like it. */
function partsOf(error: object, depth: number): readonly ErrorRecord[] | undefined {
  const parts = readFrom(error, 'errors')
  if (depth === MAX_PARTS_DEPTH || !isList(parts)) return undefined
  if (textFrom(error, 'name') !== 'AggregateError' && !(isError(error) && parts.every(isError))) {
    return undefined
  }
  const kept = parts.slice(0, MAX_PARTS).map((part) => chainToRecord(part, depth + 1))
  const left = parts.length - kept.length
  if (left > 0) kept.push({ name: 'Error', message: `${left} more errors are left out here` })
  return kept
}

const BUILT_IN = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError }

/**
 * Rebuilds an error with its name, message, stack, code, fields, causes and parts; heddle's own
 * come back as {@link HeddleError}.
 */
export function errorFromRecord(record: ErrorRecord): Error {
  const { name, message, stack, code, fields, errors } = record
  const options = record.cause === undefined ? {} : { cause: errorFromRecord(record.cause) }
  let rebuilt: Error
  if (name === 'HeddleError' && code !== undefined && Object.hasOwn(ERROR_CODES, code)) {
    const own = (fields ?? {}) as ErrorFields<ErrorCode>
    rebuilt = new HeddleError(code as ErrorCode, own, { ...options, message })
  } else {
    const Class = BUILT_IN[name as keyof typeof BUILT_IN] ?? Error
    const parts = errors?.map(errorFromRecord)
    rebuilt =
      name === 'AggregateError'
        ? new AggregateError(parts ?? [], message, options)
        : new Class(message, options)
    for (const [field, value] of Object.entries(fields ?? {})) define(rebuilt, field, value, true)
    if (code !== undefined) define(rebuilt, 'code', code, true)
    if (rebuilt.name !== name) define(rebuilt, 'name', name, false)
    if (parts !== undefined && name !== 'AggregateError') define(rebuilt, 'errors', parts, false)
  }
  if (stack !== undefined) rebuilt.stack = stack
  return rebuilt
}

/** Defined, not assigned: a field may be called `__proto__`. */
function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  const is = { value, enumerable, configurable: true, writable: true }
  Object.defineProperty(error, name, is)
}
