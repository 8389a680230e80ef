/**
 * A server, with the connection to it: made when it is needed, and made again when it has ended.
 *
 * Owns: the one connection, and the pause after failed attempts.
 */
import type { ListToolsResult } from '@modelcontextprotocol/client'
import { afterUnheld, type Clock } from '../clock.ts'
import { textFrom } from '../describe.ts'
import { type ErrorFields, type HeddleError, isHeddleError } from '../errors.ts'
import { isInUse, type PartHost } from '../tools/main-part.ts'
import { PacedProgress, TakenProgress } from '../tools/paced-progress.ts'
import { untilAborted } from '../until.ts'
import { Connection } from './connection.ts'
import {
  atTool,
  breaksConnection,
  callFailure,
  connectFailure,
  type Failing,
  mcpFailed,
} from './failure.ts'
import type { ListedTool, McpAsk } from './mcp-ask.ts'
import { type McpResult, resultOf, sizeOf } from './result.ts'
import { type CallLimits, callOn } from './server-call.ts'
import { hiderOf, placeOf, type ServerDefinition } from './server-definition.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** How long a connection stays open that no runtime needs. */
const IDLE_MS = 10_000
/** How many characters a result may have, with its pictures. */
const MOST_CHARACTERS = 10 * 2 ** 20

/** Lists differ if their numbers do, also those of different servers. */
let lists = 0

interface KnownList {
  readonly number: number
  readonly text: string
  readonly tools: readonly ListedTool[]
}

/** Of a server that says that it has none: the package would print a line. */
const NO_TOOLS: Promise<ListToolsResult> = Promise.resolve({ tools: [] })

type Leaves = (letGo: Promise<unknown>) => void

export class ServerLink {
  readonly #server: ServerDefinition
  readonly #failing: Failing
  readonly #clock: Clock
  readonly #later: typeof afterUnheld
  readonly #open = new Set<Connection>()
  #connection: Promise<Connection> | undefined
  #failures = 0
  #notBefore = 0
  /** Why the last attempt to connect failed. */
  #lastFailure: Failed = { kind: 'connect', problem: '', retryable: true }
  #list: KnownList | undefined
  #reading: Promise<KnownList> | undefined
  #inFlight = 0
  #stopIdle = () => {}

  /** `later` calls back after milliseconds, and does not keep the process alive. */
  constructor(server: ServerDefinition, clock: Clock, later = afterUnheld) {
    this.#server = server
    this.#clock = clock
    this.#later = later
    this.#failing = { server: server.name, place: placeOf(server), hide: hiderOf(server) }
  }

  /** Answers an ask. Rejects with HEDDLE_MCP_FAILED, and with the signal's reason. */
  async ask(ask: McpAsk, host: PartHost, leaves: Leaves): Promise<unknown> {
    this.#stopIdle()
    this.#inFlight += 1
    const all: Promise<unknown>[] = []
    const keep = (letGo: Promise<unknown>) => void all.push(letGo)
    try {
      if (ask.kind === 'call') return await this.#call(ask, host, keep)
      const { number, tools } = await this.#listFor(ask, host, keep)
      return number === ask.known ? { number } : { number, tools }
    } finally {
      const over = Promise.all(all).finally(() => {
        this.#inFlight -= 1
        this.rest()
      })
      leaves(over)
    }
  }

  /** Closes the connection a while after its last call, unless a runtime may need it. */
  rest(): void {
    this.#stopIdle()
    if (this.#inFlight > 0 || isInUse()) return
    this.#stopIdle = this.#later(IDLE_MS, () => void this.close())
  }

  /** Ends the connection. Resolves when it has ended, within some seconds. */
  async close(): Promise<void> {
    this.#stopIdle()
    await Promise.all([...this.#open].map((connection) => connection.close(this.#clock)))
  }

  /** The process ends now: nothing can be waited for. */
  kill(): void {
    const signal = this.#inFlight > 0 ? 'SIGKILL' : 'SIGTERM'
    for (const connection of this.#open) connection.kill(signal)
  }

  get isOpen(): boolean {
    return this.#open.size > 0
  }

  async #call(
    { name, args, limits }: McpAsk & { kind: 'call' },
    host: PartHost,
    leaves: Leaves,
  ): Promise<McpResult> {
    try {
      const connection = await untilAborted(this.#connected(), host.signal)
      // by its list, the package checks results
      if (isStale(connection)) await this.#reads(connection, limits, host, leaves)
      const given = await this.#on(connection, limits, host, leaves, (options) => {
        return connection.client.callTool({ name, arguments: args }, options)
      })
      const result = resultOf(given)
      if (sizeOf(result) <= MOST_CHARACTERS) return result
      throw this.#fails('protocol', `its result has more than ${MOST_CHARACTERS} characters`)
    } catch (error) {
      host.signal.throwIfAborted()
      const isOwn = textFrom(Object(error), 'code') === 'HEDDLE_MCP_FAILED'
      throw isOwn ? atTool(error as HeddleError, name) : error
    }
  }

  /** A server that can't be reached now, and could before, is shown with the tools that it had. */
  async #listFor(
    { limits }: McpAsk & { kind: 'list' },
    host: PartHost,
    leaves: Leaves,
  ): Promise<KnownList> {
    try {
      const connection = await untilAborted(this.#connected(), host.signal)
      const isKnown = connection.tellsChanges && !isStale(connection)
      if (this.#list !== undefined && isKnown) return this.#list
      return await this.#reads(connection, limits, host, leaves)
    } catch (error) {
      host.signal.throwIfAborted()
      const failed = fieldsOf(error)
      const isRefused = failed?.kind === 'refused' && failed.retryable !== true
      if (this.#list === undefined || isRefused) throw error
      return this.#list
    }
  }

  #reads(
    connection: Connection,
    limits: CallLimits,
    host: PartHost,
    leaves: Leaves,
  ): Promise<KnownList> {
    this.#reading ??= this.#read(connection, limits, leaves)
    return untilAborted(this.#reading, host.signal)
  }

  /** For all who ask while it is under way, so that no single one may end it. */
  async #read(connection: Connection, limits: CallLimits, leaves: Leaves): Promise<KnownList> {
    try {
      const upTo = connection.listChanges
      const host = { signal: new AbortController().signal, progress: () => {} }
      const { tools: given } = await this.#on(
        connection,
        limits,
        host,
        leaves,
        (options): Promise<ListToolsResult> => {
          const { onprogress: _, ...rest } = options
          if (connection.client.getServerCapabilities()?.tools === undefined) return NO_TOOLS
          return connection.client.listTools(undefined, { ...rest, cacheMode: 'refresh' })
        },
      )
      const tools = given.map(({ name, description, inputSchema }): ListedTool => {
        return { name, description: description ?? '', parameters: inputSchema }
      })
      connection.listRead = upTo
      const text = JSON.stringify(tools)
      if (this.#list?.text !== text) this.#list = { number: ++lists, text, tools }
      return this.#list
    } finally {
      this.#reading = undefined
    }
  }

  async #on<T>(
    connection: Connection,
    limits: CallLimits,
    host: PartHost,
    leaves: Leaves,
    ask: Parameters<typeof callOn<T>>[1],
  ): Promise<T> {
    const { signal } = host
    const pace = new TakenProgress()
    const paced = new PacedProgress(pace.taken)
    const progress = (value: unknown) => {
      paced.show(() => {
        pace.came()
        host.progress(value)
      })
    }
    const common = { connection, failing: this.#failing, clock: this.#clock }
    try {
      const result = await callOn({ ...common, limits, signal, progress, leaves }, ask)
      this.#failures = 0
      paced.flush()
      return result
    } catch (error) {
      signal.throwIfAborted()
      const oddity = connection.takeOddity()
      if (oddity !== '') throw this.#fails('protocol', oddity)
      if (breaksConnection(error)) connection.end({ kind: 'closed', problem: '' })
      throw callFailure(error, this.#failing, connection.lastWords)
    }
  }

  /** Whoever comes first makes the connection, for all. */
  #connected(): Promise<Connection> {
    const pauseMs = this.#notBefore - this.#clock.now()
    if (this.#connection === undefined && pauseMs > 0) {
      const retryAfterMs = Math.ceil(pauseMs)
      const again = `a moment ago; it is tried again in ${retryAfterMs} ms at the earliest`
      const { kind, problem, retryable } = this.#lastFailure
      return Promise.reject(this.#fails(kind, `${problem}, ${again}`, { retryable, retryAfterMs }))
    }
    this.#connection ??= this.#connect()
    return this.#connection
  }

  async #connect(): Promise<Connection> {
    const began = (connection: Connection) => {
      this.#open.add(connection)
      connection.ending.addEventListener('abort', () => this.#ended(connection), { once: true })
    }
    try {
      return await Connection.open(this.#server, this.#failing, this.#clock, began)
    } catch (error) {
      this.#connection = undefined
      this.#failures += 1
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS)
      this.#notBefore = this.#clock.now() + pause
      const failure = connectFailure(error, this.#failing, '')
      this.#lastFailure = fieldsOf(failure) ?? this.#lastFailure
      throw failure
    }
  }

  /** It may not have ended by itself, so its end is seen to. */
  #ended(connection: Connection): void {
    this.#connection = undefined
    connection
      .close(this.#clock)
      .finally(() => this.#open.delete(connection))
      .catch(() => {})
  }

  #fails(kind: Parameters<typeof mcpFailed>[1], problem: string, more = {}): HeddleError {
    return mcpFailed(this.#failing, kind, problem, more)
  }
}

type Failed = Pick<ErrorFields<'HEDDLE_MCP_FAILED'>, 'kind' | 'problem' | 'retryable'>

/** Undefined for an error that is not of a server. */
function fieldsOf(error: unknown): Failed | undefined {
  return isHeddleError(error, 'HEDDLE_MCP_FAILED') ? error.fields : undefined
}

/** Whether the list has changed since it was read. */
function isStale({ listChanges, listRead }: Connection): boolean {
  return listChanges > listRead
}
