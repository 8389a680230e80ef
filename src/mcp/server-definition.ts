/** What a server is and where, as data that can cross threads: its check, and its secrets. */
import { describe, isPlain, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { type Hide, hider, keysOfEnvironment } from '../models/secrets.ts'
import { checkRules } from '../option-check.ts'
import { ELSEWHERE, listOf, NAME, needed, type RulesOf, TEXT } from '../option-rules.ts'

/** A server that is started as a child process, and spoken to by stdio. */
export interface McpCommand {
  /** For errors. */
  readonly name: string
  readonly command: string
  readonly args?: readonly string[]
  /**
   * Variables beside `HOME`, `PATH` and the few others that a process can't do without. `inherit`:
   * all of the main thread. Default: none.
   */
  readonly env?: Readonly<Record<string, string>> | 'inherit'
  /** Default: the folder of the process. */
  readonly cwd?: string
}

/** A server that is spoken to by streamable HTTP. */
export interface McpAddress {
  /** For errors. */
  readonly name: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Which protocol to speak: as `versionNegotiation.mode` of `@modelcontextprotocol/client`. */
export type McpVersion = 'legacy' | 'auto' | { readonly pin: string }

/** Two of the same content are one connection. */
export type ServerDefinition = (McpCommand | McpAddress) & {
  readonly connectTimeoutMs: number
  readonly version: McpVersion
}

const COMMAND: RulesOf<McpCommand> = {
  name: needed(NAME),
  command: needed(NAME),
  args: listOf(TEXT),
  env: ELSEWHERE, // its values must not be in a message
  cwd: NAME,
}
const ADDRESS: RulesOf<McpAddress> = {
  name: needed(NAME),
  url: ELSEWHERE, // nor must these
  headers: ELSEWHERE,
}

/** Throws HEDDLE_INVALID_OPTION, which never repeats a value of `env`, `headers` or `url`. */
export function checkServer(given: McpCommand | McpAddress): McpCommand | McpAddress {
  if (isRecord(given) && 'url' in given && 'command' in given) {
    throw hidden('command', 'given beside url', 'left out, or url: a server has one of the two')
  }
  if (!isRecord(given) || !('url' in given)) {
    const own = checkRules(given as McpCommand, COMMAND)
    const { env } = own
    if (env === undefined || env === 'inherit') return own
    const variables = textsOf('env', env)
    for (const [name, value] of Object.entries(variables)) {
      if (!value.includes('\0')) continue
      throw hidden(`env.${name}`, 'a text with a NUL', 'a text that an environment can carry')
    }
    return { ...own, env: variables }
  }
  const own = checkRules(given as McpAddress, ADDRESS)
  checkUrl(own.url)
  if (own.headers === undefined) return own
  const headers = textsOf('headers', own.headers)
  for (const [name, value] of Object.entries(headers)) {
    const isHeader = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value)
    if (isHeader) continue
    const rule = 'a string of ASCII characters, under the name of a header'
    throw hidden(`headers.${name}`, 'a text that no header can carry', rule)
  }
  return { ...own, headers }
}

/** The same text without the secrets of this server. Called where it is connected. */
export function hiderOf(server: McpCommand | McpAddress): Hide {
  if ('command' in server) {
    const { env = {} } = server
    return hider(env === 'inherit' ? keysOfEnvironment() : Object.values(env))
  }
  const inUrl = [...new URL(server.url).searchParams.values()]
  return hider([...Object.values(server.headers ?? {}), ...inUrl])
}

/** The server in a message: without arguments, headers and query, which may hold secrets. */
export function placeOf(server: McpCommand | McpAddress): string {
  if ('command' in server) return `'${server.command}'`
  const { origin, pathname } = new URL(server.url)
  return `${origin}${pathname}`
}

function checkUrl(text: unknown): void {
  const rule = "the URL of a server, such as 'https://mcp.example.com/mcp'"
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw hidden('url', typeof text === 'string' ? 'a text' : describe(text), rule)
  }
  if (url.username === '' && url.password === '') return
  throw hidden('url', 'a URL with a user or a password', 'without them; use headers')
}

function textsOf(option: string, given: unknown): Readonly<Record<string, string>> {
  const choices = option === 'env' ? "'inherit' or a record of strings" : 'a record of strings'
  if (!isRecord(given) || !isPlain(given)) {
    throw hidden(option, typeof given === 'string' ? 'a text' : describe(given), choices)
  }
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') continue
    throw hidden(
      `${option}.${name}`,
      value === undefined ? 'undefined' : `a ${typeof value}`,
      'a string',
    )
  }
  return { ...given } as Record<string, string>
}

/** An option whose value must not be in a message. */
function hidden(option: string, value: string, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value, rule })
}
