/**
 * The body of a request.
 *
 * Invariant: no more of it is read than the bound, and it is not waited for longer than the limit.
 */
import type { Clock } from '../clock.ts'
import { isRecord, textFrom } from '../describe.ts'
import { refusal } from './problem.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/**
 * The object that the body is in JSON; an empty body is an empty object. Rejects with
 * HEDDLE_HTTP_REFUSED.
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  clock: Clock,
): Promise<Record<string, unknown>> {
  const length = lengthOf(request)
  if (length === 0 || (length === undefined && request.body === null)) return {}
  const type = request.headers.get('content-type') ?? ''
  // another type could be sent by any page, without being asked
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw refusal(415, 'its body must be JSON, with the header content-type: application/json')
  }
  if (length !== undefined && length > limits.maxBytes) throw tooLarge(limits)
  const text = await readText(request, length, limits, clock)
  if (text === '') return {}
  const value = parsed(text)
  if (!isRecord(value) || Array.isArray(value)) throw refusal(400, 'its body must be an object')
  return value
}

/** Undefined: it is not said. Servers give no more than what is said. */
function lengthOf(request: Request): number | undefined {
  const said = request.headers.get('content-length')
  return said !== null && /^\d{1,15}$/.test(said) ? Number(said) : undefined
}

function tooLarge({ maxBytes }: BodyLimits): Error {
  return refusal(413, `its body has more than ${maxBytes} bytes`)
}

async function readText(
  request: Request,
  length: number | undefined,
  limits: BodyLimits,
  clock: Clock,
): Promise<string> {
  const late = Promise.withResolvers<never>()
  const stopTimer = clock.after(limits.timeoutMs, () => {
    late.reject(refusal(408, `its body did not end within ${limits.timeoutMs} ms`))
  })
  try {
    // adapters read a whole body faster than its pieces
    const whole = length === undefined ? undefined : request.arrayBuffer()
    const bytes = whole
      ? await Promise.race([whole, late.promise])
      : await pieces(request, limits, late.promise)
    if (bytes.byteLength > limits.maxBytes) throw tooLarge(limits)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (textFrom(Object(error), 'code') === 'HEDDLE_HTTP_REFUSED') throw error
    throw refusal(400, 'its body is cut off, or no UTF-8')
  } finally {
    stopTimer()
    late.promise.catch(() => {})
  }
}

async function pieces(
  { body }: Request,
  limits: BodyLimits,
  late: Promise<never>,
): Promise<Uint8Array> {
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const all: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return Buffer.concat(all)
      bytes += value.byteLength
      if (bytes > limits.maxBytes) throw tooLarge(limits)
      all.push(value)
    }
  } catch (error) {
    reader.cancel(error).catch(() => {})
    throw error
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(400, 'its body is no JSON')
  }
}
