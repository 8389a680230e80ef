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
  if (request.body === null) return {}
  const type = request.headers.get('content-type') ?? ''
  // another type could be sent by any page, without being asked
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw refusal(415, 'its body must be JSON, with the header content-type: application/json')
  }
  const text = await readText(request.body, limits, clock)
  if (text === '') return {}
  const value = parsed(text)
  if (!isRecord(value) || Array.isArray(value)) throw refusal(400, 'its body must be an object')
  return value
}

async function readText(
  body: ReadableStream<Uint8Array>,
  { maxBytes, timeoutMs }: BodyLimits,
  clock: Clock,
): Promise<string> {
  const reader = body.getReader()
  const late = Promise.withResolvers<never>()
  const stopTimer = clock.after(timeoutMs, () => {
    late.reject(refusal(408, `its body did not end within ${timeoutMs} ms`))
  })
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise])
      if (done) break
      bytes += value.byteLength
      if (bytes > maxBytes) throw refusal(413, `its body has more than ${maxBytes} bytes`)
      pieces.push(value)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (error) {
    reader.cancel(error).catch(() => {})
    if (textFrom(Object(error), 'name') === 'TypeError')
      throw refusal(400, 'its body is cut off, or no UTF-8')
    throw error
  } finally {
    stopTimer()
    late.promise.catch(() => {})
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(400, 'its body is no JSON')
  }
}
