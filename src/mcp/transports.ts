/** Makes the transport to a server, with what the package does not hand out. */
import type { ChildProcess } from 'node:child_process'
import type { StreamableHTTPClientTransport, Transport } from '@modelcontextprotocol/client'
import { loadPeer } from '../models/peer.ts'
import { endOf, holdOn, letGoOf, startedBy } from './child-process.ts'
import type { McpAddress, McpCommand, ServerDefinition } from './server-definition.ts'

export interface OpenTransport {
  readonly transport: Transport
  /** How the server has ended, as far as it is known: the last line that it wrote, and its end. */
  readonly ended: () => string
  /** What it refused of an answer since it was asked last; empty: nothing. */
  readonly takeOddity: () => string
  /** Ends it at once, without a good-bye. */
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void
  /** Ends it. The transport has to be closed then. Rejects as the server does. */
  readonly leave: () => Promise<unknown>
}

export type Package = typeof import('@modelcontextprotocol/client')

const NAME = '@modelcontextprotocol/client'
/** How many characters of what a server writes on stderr are kept. */
const STDERR_KEPT = 2_000

/** Rejects with HEDDLE_MISSING_PACKAGE. */
export function loadPackage(): Promise<Package> {
  return loadPeer(NAME, 'heddle/mcp', () => import('@modelcontextprotocol/client'))
}

export async function openTransport(
  server: ServerDefinition,
  sdk: Package,
): Promise<OpenTransport> {
  return 'command' in server ? await overPipes(server) : overHttp(server, sdk)
}

async function overPipes({ command, args, env = {}, cwd }: McpCommand): Promise<OpenTransport> {
  const load = () => import('@modelcontextprotocol/client/stdio')
  const { StdioClientTransport } = await loadPeer(NAME, 'heddle/mcp', load)
  const transport = new StdioClientTransport({
    command,
    args: [...(args ?? [])],
    env: env === 'inherit' ? ownEnvironment() : { ...env },
    stderr: 'pipe',
    ...(cwd !== undefined && { cwd }),
  })
  let child: ChildProcess | undefined
  let written = ''
  const start = transport.start.bind(transport)
  transport.start = () => {
    const started = startedBy(start)
    child = started.child
    child?.stderr?.on('data', (piece) => {
      written = `${written}${piece}`.slice(-STDERR_KEPT)
    })
    if (child !== undefined) letGoOf(child) // its calls have timers, which keep the process alive
    return started.result
  }
  return {
    transport,
    ended: () => {
      const end = child === undefined ? '' : endOf(child)
      const last = lastWordsIn(written)
      return end === '' || last === '' ? end : `${end}, after it had written: ${last}`
    },
    takeOddity: () => '',
    kill: (signal) => void child?.kill(signal),
    leave: async () => {
      if (child !== undefined) holdOn(child)
    },
  }
}

/** The line that says what went wrong, if one does; Node itself says its version last. */
function lastWordsIn(written: string): string {
  const lines = written.split('\n').map((line) => line.trim())
  const said = lines.filter((line) => line !== '' && !/^(Node\.js v|at |\}$|\{$)/.test(line))
  return said.findLast((line) => /error/i.test(line)) ?? said.at(-1) ?? ''
}

function ownEnvironment(): Record<string, string> {
  const all = Object.entries(process.env).filter(([, value]) => value !== undefined)
  return Object.fromEntries(all) as Record<string, string>
}

/**
 * There is no stream beside the calls: it would keep the process alive. So the server can't say
 * that its list of tools has changed, and is asked for it each time.
 */
function overHttp({ url, headers = {} }: McpAddress, sdk: Package): OpenTransport {
  let oddity = ''
  const tooLong = () => {
    oddity = 'it sent an answer of more than 10 MiB'
    return new Error(oddity)
  }
  const transport: StreamableHTTPClientTransport = new sdk.StreamableHTTPClientTransport(
    new URL(url),
    {
      requestInit: { headers: { ...headers } },
      fetch: async (to, init) => {
        const isListening =
          init?.method === 'GET' && !new Headers(init.headers).has('last-event-id')
        return isListening
          ? new Response(null, { status: 405 })
          : bounded(await fetch(to, init), tooLong)
      },
    },
  )
  return {
    transport,
    ended: () => '',
    takeOddity: () => {
      const taken = oddity
      oddity = ''
      return taken
    },
    kill: () => {},
    leave: () => transport.terminateSession(),
  }
}

/** The most bytes of an answer, or of one event in a stream of answers. */
const MOST_BYTES = 10 * 2 ** 20

/** The same response, which fails when it is too long: the package reads it whole. */
function bounded(response: Response, tooLong: () => Error): Response {
  const { body, status, statusText, headers } = response
  if (body === null) return response
  const isStream = headers.get('content-type')?.includes('text/event-stream') === true
  let bytes = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (piece, controller) => {
      const end = isStream ? piece.lastIndexOf(NEWLINE) : -1
      bytes = end === -1 ? bytes + piece.byteLength : piece.byteLength - end
      if (bytes > MOST_BYTES) controller.error(tooLong())
      else controller.enqueue(piece)
    },
  })
  return new Response(body.pipeThrough(counted), { status, statusText, headers })
}

const NEWLINE = 10
