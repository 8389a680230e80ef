/** The options of a handler: their check and their defaults. */
import type { Team } from '../agentchat/teams/team.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Request as AgentRequest, Message } from '../messages/message.ts'
import { checkRules } from '../option-check.ts'
import {
  CLOCK,
  COUNT,
  FUNCTION,
  listOf,
  MILLISECONDS,
  type RulesOf,
  recordOf,
  ruleThat,
  valuesOf,
} from '../option-rules.ts'
import type { ModuleTool } from '../tools/module-tool.ts'
import type { Authorize } from './guard.ts'

/** What `defineMessage` returns, whatever its payload. */
export type AnyMessageType = ((...payload: never) => Message) & {
  readonly kind: 'message'
  readonly name: string
}

/** What `defineRequest` returns, whatever its payload and reply. */
export type AnyRequestType = ((...payload: never) => AgentRequest) & {
  readonly kind: 'request'
  readonly name: string
}

/** The options of `httpHandler`. What is not named can't be reached. */
export interface HttpOptions {
  /** By topic type: the messages that may be published there. */
  readonly topics?: Readonly<Record<string, readonly AnyMessageType[]>>
  /** By agent type: the requests that may be sent to its agents. */
  readonly agents?: Readonly<Record<string, readonly AnyRequestType[]>>
  /** The teams whose conversations may be run, under their names. */
  readonly teams?: readonly Team[]
  /** The tools that may be called, under their names. */
  readonly tools?: readonly ModuleTool[]
  /**
   * Says who may ask for what: it sees every request, and lets in only those for which it returns
   * true. Default: only this machine, if the adapter passes the peer's address.
   */
  readonly authorize?: Authorize
  /** The path before all routes, as in `/api/heddle`. Default: none. */
  readonly basePath?: string
  /** The most bytes of a body. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Milliseconds within which a body must have come. Default 10,000. */
  readonly bodyTimeoutMs?: number
  /**
   * What is kept of streams, so that readers can come back: of each stream at most `events`
   * (10,000) and `bytes` (4 MiB), of all `totalBytes` (64 MiB), each for `ms` (60,000).
   */
  readonly keep?: {
    readonly events?: number
    readonly bytes?: number
    readonly totalBytes?: number
    readonly ms?: number
  }
  /** The most runs and tasks that requests may have under way at once. Default 1,000. */
  readonly maxRuns?: number
  /** Default: real time. */
  readonly clock?: Clock
}

const isType = (kind: string) => (value: unknown) => {
  return typeof value === 'function' && Reflect.get(value, 'kind') === kind
}
const isKind = (kind: string) => (value: unknown) => Object(value).kind === kind

const RULES: RulesOf<HttpOptions> = {
  topics: valuesOf(listOf(ruleThat('what defineMessage returns', isType('message')))),
  agents: valuesOf(listOf(ruleThat('what defineRequest returns', isType('request')))),
  teams: listOf(ruleThat('a team', isKind('team'))),
  tools: listOf(
    ruleThat('a tool that defineTool of heddle/tools returns', (value) => {
      return isKind('tool')(value) && typeof Object(value).run === 'function'
    }),
  ),
  authorize: FUNCTION,
  basePath: ruleThat("a path such as '/api/heddle'", (value) => {
    return typeof value === 'string' && /^(\/[\w.~-]+)*$/.test(value)
  }),
  maxBodyBytes: COUNT,
  bodyTimeoutMs: MILLISECONDS,
  keep: recordOf<NonNullable<HttpOptions['keep']>>({
    events: COUNT,
    bytes: COUNT,
    totalBytes: COUNT,
    ms: MILLISECONDS,
  }),
  maxRuns: COUNT,
  clock: CLOCK,
}

export type HttpSettings = ReturnType<typeof httpSettings>

/** Throws HEDDLE_INVALID_OPTION. */
export function httpSettings(options: HttpOptions) {
  const own = checkRules(options, RULES)
  const { topics = {}, agents = {}, teams = [], tools = [], keep = {} } = own
  const { events = 10_000, bytes = 4 * 2 ** 20, totalBytes = 64 * 2 ** 20, ms = 60_000 } = keep
  const { maxBodyBytes: maxBytes = 2 ** 20, bodyTimeoutMs: timeoutMs = 10_000 } = own
  return {
    topics: byNames(topics),
    agents: byNames(agents),
    teams: new Map(teams.map((team) => [team.name, team])),
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    authorize: own.authorize,
    basePath: own.basePath ?? '',
    body: { maxBytes, timeoutMs },
    streams: { events, bytes, totalBytes, ms },
    maxRuns: own.maxRuns ?? 1_000,
    clock: own.clock ?? systemClock,
  }
}

function byNames<T extends { readonly name: string }>(
  given: Readonly<Record<string, readonly T[]>>,
): ReadonlyMap<string, ReadonlyMap<string, T>> {
  return new Map(
    Object.entries(given).map(([type, all]) => [type, new Map(all.map((one) => [one.name, one]))]),
  )
}
