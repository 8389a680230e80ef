/** Where calls go, and with which key. */
import { describe } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { type GivenHeaders, headersOf } from '../models/given-headers.ts'
import { type Hide, hider } from '../models/secrets.ts'
import { invalidOption } from '../option-check.ts'

const OPENAI = 'https://api.openai.com/v1'
const OPENAI_HOST = /(^|\.)api\.openai\.com$/

export interface Destination {
  readonly baseURL: string
  /** All that the calls send beside what their bodies need, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The same text without the key, the headers and other secrets. */
  readonly hide: Hide
}

export interface DestinationOptions {
  readonly apiKey?: string
  readonly baseURL?: string
  readonly headers?: GivenHeaders
}

/**
 * Throws HEDDLE_INVALID_OPTION, which never repeats a key or a header. What the environment has
 * goes to OpenAI and to the URL of the environment alone: a URL in the code may be anybody's. It
 * never replaces what the code gives.
 */
export function destinationOf({ apiKey, baseURL, headers }: DestinationOptions): Destination {
  const url = urlOf(baseURL)
  const isOpenAI = OPENAI_HOST.test(url.hostname)
  const ofEnvironment = isOpenAI || baseURL === undefined
  const given = headers === undefined ? {} : headersOf('headers', headers)
  const custom = customHeaders()
  const own = {
    ...(isOpenAI && accountOfEnvironment()),
    ...(ofEnvironment && { ...bearer(fromEnvironment('OPENAI_API_KEY')), ...custom }),
    ...bearer(apiKey),
    ...given,
  }
  if (isOpenAI && own.authorization === undefined) checkKey(undefined)
  const secrets = [apiKey, ...Object.values(own), ...Object.values(custom)]
  return { baseURL: url.href.replace(/\/$/, ''), headers: own, hide: hider(secrets) }
}

function bearer(key: string | undefined): { readonly authorization?: string } {
  if (key === undefined) return {}
  checkKey(key)
  return { authorization: `Bearer ${key}` }
}

/** As the package `openai` reads them: a header on each line. */
function customHeaders(): Readonly<Record<string, string>> {
  const lines = process.env.OPENAI_CUSTOM_HEADERS?.split('\n') ?? []
  const pairs = lines
    .map((line) => [line, line.indexOf(':')] as const)
    .filter(([, at]) => at >= 0)
    .map(([line, at]) => [line.slice(0, at).trim(), line.slice(at + 1).trim()])
  return headersOf('OPENAI_CUSTOM_HEADERS', pairs)
}

/** The organization and the project, which are none of other servers' business. */
function accountOfEnvironment(): Readonly<Record<string, string>> {
  const names = { 'openai-organization': 'OPENAI_ORG_ID', 'openai-project': 'OPENAI_PROJECT_ID' }
  const all = Object.entries(names).flatMap(([header, name]) => {
    const value = fromEnvironment(name)
    return value === undefined ? [] : Object.entries(headersOf(name, { [header]: value }))
  })
  return Object.fromEntries(all)
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name]?.trim() || undefined
}

/** Of the code, or else of the environment, or else OpenAI's. */
function urlOf(given: unknown): URL {
  const name = given === undefined ? 'OPENAI_BASE_URL' : 'baseURL'
  const text = given ?? fromEnvironment('OPENAI_BASE_URL') ?? OPENAI
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const rule = "the URL of a server, such as 'http://127.0.0.1:11434/v1'"
    const isHost = typeof text === 'string' && /^[\w.-]+[:/][\w.:/-]*$/.test(text)
    throw hidden(name, isHost ? describe(text) : shapeOf(text), rule) // it may be a key
  }
  if (url.username !== '' || url.password !== '') {
    throw hidden(name, 'a URL with a user or a password', 'without them; use headers')
  }
  if (url.search !== '' || url.hash !== '') {
    throw hidden(name, 'a URL with a query', 'without one: the path of each call follows it')
  }
  return url
}

/** Undefined: a key is needed. */
function checkKey(key: unknown): void {
  if (key === undefined) {
    const rule =
      'the key of OpenAI, here or in the environment as OPENAI_API_KEY; ' +
      'for another server, set baseURL'
    throw invalidOption('apiKey', key, rule)
  }
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return
  const is = typeof key === 'string' ? 'a text that no header can carry' : `a ${typeof key}`
  throw hidden('apiKey', is, 'a string of ASCII characters without spaces')
}

function shapeOf(value: unknown): string {
  return typeof value === 'string' ? 'a text' : describe(value)
}

/** An option whose value must not be in a message. */
function hidden(option: string, value: string, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value, rule })
}
