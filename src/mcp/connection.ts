/**
 * One live connection to a server, from its handshake to its end.
 *
 * Owns: the package's client and its transport.
 * Invariant: its end is decided once, and everything that is under way on it fails at once, though
 * the process of the server may take its time to end.
 */
import type { Client } from '@modelcontextprotocol/client'
import type { Clock } from '../clock.ts'
import { untilAborted, untilLate } from '../until.ts'
import { connectFailure, type Failing, mcpFailed } from './failure.ts'
import { loadSchemaCheck } from './schema-check.ts'
import type { ServerDefinition } from './server-definition.ts'
import { type Tag, TransportWatch } from './transport-watch.ts'
import { loadPackage, type OpenTransport, openTransport } from './transports.ts'

/** No timer of the package decides: those of heddle's clock do. */
export const NO_LIMIT_MS = 2 ** 31 - 1
/** How long a server may take to say good-bye. */
const LEAVE_MS = 2_000
const ABOUT = { name: 'heddle', version: '1' }

export class Connection {
  readonly client: Client
  readonly watch: TransportWatch
  /** Aborts when the connection has ended; the reason says why. */
  readonly ending: AbortSignal
  /** How many calls are under way. */
  inFlight = 0
  /** How often the list of tools has changed, as far as the server says so. */
  listChanges = 1
  /** Up to which change the list has been read. */
  listRead = 0
  /** Whether the server says that the list has changed. */
  readonly tellsChanges: boolean
  #isReady = false
  #isClosed = false
  readonly #end = new AbortController()
  readonly #open: OpenTransport
  readonly #tracked = new Map<Tag, Tracked>()

  private constructor(client: Client, open: OpenTransport, tellsChanges: boolean) {
    this.client = client
    this.#open = open
    this.tellsChanges = tellsChanges
    this.ending = this.#end.signal
    this.watch = new TransportWatch(open.transport, {
      lost: (tag) => this.#tracked.get(tag)?.lost(),
      progress: (tag, value) => this.#tracked.get(tag)?.progress(value),
      nonsense: (problem) => this.end({ kind: 'protocol', problem }),
    })
    open.transport.onclose = () => {
      this.#isClosed = true
      if (this.#isReady) this.end({ kind: 'closed', problem: '' }) // before, connect rejects
    }
  }

  /** Rejects with HEDDLE_MCP_FAILED and HEDDLE_MISSING_PACKAGE. */
  static async open(
    server: ServerDefinition,
    failing: Failing,
    clock: Clock,
    began: (connection: Connection) => void,
  ): Promise<Connection> {
    const sdk = await loadPackage()
    const open = await openTransport(server, sdk)
    const tellsChanges = 'command' in server
    const changed = {
      autoRefresh: false,
      debounceMs: 0,
      onChanged: () => {
        connection.listChanges += 1
      },
    }
    const client = new sdk.Client(ABOUT, {
      versionNegotiation: { mode: server.version as 'legacy' },
      jsonSchemaValidator: await loadSchemaCheck(),
      ...(tellsChanges && { listChanged: { tools: changed } }),
    })
    const connection: Connection = new Connection(client, open, tellsChanges)
    began(connection)
    const { connectTimeoutMs: ms } = server
    const stopTimer = clock.after(ms, () => {
      const problem = `${failing.place} was not ready within its ${ms} ms; raise connectTimeoutMs`
      connection.end({ kind: 'connect', problem })
    })
    try {
      const options = { signal: connection.ending, timeout: NO_LIMIT_MS }
      await untilAborted(client.connect(open.transport, options), connection.ending)
      connection.#ready()
      return connection
    } catch (error) {
      const why = connection.end({ kind: 'closed', problem: '' })
      connection.kill('SIGKILL')
      if (error !== why) throw connectFailure(error, failing, open.ended())
      const { kind, problem } = why
      throw mcpFailed(failing, kind, problem, { retryable: kind !== 'protocol' })
    } finally {
      stopTimer()
    }
  }

  #ready(): void {
    this.#isReady = true
    if (this.#isClosed) throw new Error('it was closed at once')
  }

  /** How the server has ended, as far as it is known. */
  get lastWords(): string {
    return this.#open.ended()
  }

  /** What its transport refused since it was asked last; empty: nothing. */
  takeOddity(): string {
    return this.#open.takeOddity()
  }

  /** A call begins. The returned function says that it has let go. */
  track(tag: Tag, call: Tracked): () => void {
    this.#tracked.set(tag, call)
    this.inFlight += 1
    return () => {
      this.#tracked.delete(tag)
      this.inFlight -= 1
    }
  }

  /** Everything on it fails. Returns why it has ended, which only the first call decides. */
  end(why: End): End {
    if (!this.ending.aborted) this.#end.abort(why)
    return this.ending.reason as End
  }

  /** Says good-bye, and ends the server that belongs to it. Never rejects. */
  async close(clock: Clock): Promise<void> {
    this.end({ kind: 'closed', problem: 'it was no longer in use' })
    await untilLate(clock, LEAVE_MS, this.#open.leave(), () => {}).catch(() => {})
    await this.client.close().catch(() => {})
    await this.#open.transport.close().catch(() => {})
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#open.kill(signal)
    this.client.close().catch(() => {})
  }
}

export interface Tracked {
  /** Its answer can't come any more. */
  readonly lost: () => void
  readonly progress: (value: unknown) => void
}

/** Why a connection has ended. An empty problem: the server knows. */
export interface End {
  readonly kind: 'connect' | 'closed' | 'protocol'
  readonly problem: string
}
