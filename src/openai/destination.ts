/** Where calls go, and with which key. */
import { describe, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { type Hide, hider } from '../models/secrets.ts'
import { invalidOption } from '../option-check.ts'

const OPENAI = 'https://api.openai.com/v1'
const OPENAI_HOST = /(^|\.)api\.openai\.com$/
/** What a header may have, so that no error of the platform repeats it. */
const HEADER_TEXT = /^[\x20-\x7e]*$/

export interface Destination {
  readonly baseURL: string
  /** Undefined: the server wants none. */
  readonly apiKey: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /**
   * Whether it is OpenAI's own, to which the organization and the project of the environment go.
   */
  readonly isOpenAI: boolean
  /** The same text without the key, the headers and other secrets. */
  readonly hide: Hide
}

export interface DestinationOptions {
  readonly apiKey?: string
  readonly baseURL?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Throws HEDDLE_INVALID_OPTION, which never repeats a key or a header. The key of the environment
 * goes to OpenAI and to the URL of the environment alone: a URL in the code may be anybody's.
 */
export function destinationOf({ apiKey, baseURL, headers = {} }: DestinationOptions): Destination {
  const url = urlOf(baseURL ?? fromEnvironment('OPENAI_BASE_URL') ?? OPENAI)
  const isOpenAI = OPENAI_HOST.test(url.hostname)
  const ofEnvironment = isOpenAI || baseURL === undefined
  const key = apiKey ?? (ofEnvironment ? fromEnvironment('OPENAI_API_KEY') : undefined)
  checkHeaders(headers)
  checkKey(key, isOpenAI && !hasAuthorization(headers))
  return {
    baseURL: url.href.replace(/\/$/, ''),
    apiKey: key,
    headers: { ...headers },
    isOpenAI,
    hide: hider([key, ...Object.values(headers)]),
  }
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name]?.trim() || undefined
}

function urlOf(text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const rule = "the URL of a server, such as 'http://127.0.0.1:11434/v1'"
    const isHost = typeof text === 'string' && /^[\w.-]+[:/][\w.:/-]*$/.test(text)
    throw hidden('baseURL', isHost ? describe(text) : shapeOf(text), rule) // it may be a key
  }
  if (url.username !== '' || url.password !== '') {
    throw hidden('baseURL', 'a URL with a user or a password', 'without them; use headers')
  }
  if (url.search !== '' || url.hash !== '') {
    throw hidden('baseURL', 'a URL with a query', 'without one: the path of each call follows it')
  }
  return url
}

function checkKey(key: unknown, isNeeded: boolean): void {
  if (key === undefined && isNeeded) {
    const rule =
      'the key of OpenAI, here or in the environment as OPENAI_API_KEY; ' +
      'for another server, set baseURL'
    throw invalidOption('apiKey', key, rule)
  }
  if (key === undefined || (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key))) return
  const is = typeof key === 'string' ? 'a text that no header can carry' : `a ${typeof key}`
  throw hidden('apiKey', is, 'a string of ASCII characters without spaces')
}

function checkHeaders(headers: unknown): asserts headers is Record<string, string> {
  if (!isRecord(headers)) throw hidden('headers', shapeOf(headers), 'an object of strings')
  for (const [name, value] of Object.entries(headers)) {
    const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name)
    if (isName && typeof value === 'string' && HEADER_TEXT.test(value)) continue
    const is = typeof value === 'string' ? 'a text that no header can carry' : `a ${typeof value}`
    throw hidden(`headers.${name}`, is, 'a string of ASCII characters, under the name of a header')
  }
}

function hasAuthorization(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
}

function shapeOf(value: unknown): string {
  return typeof value === 'string' ? 'a text' : describe(value)
}

/** An option whose value must not be in a message. */
function hidden(option: string, value: string, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value, rule })
}
