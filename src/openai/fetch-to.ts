/**
 * The `fetch` with which the package `openai` calls one server.
 *
 * Invariants: a call has the headers of its destination, and none that the package has found in the
 * environment; no redirect is followed.
 */
import type { Destination } from './destination.ts'

const NEEDED = { accept: 'application/json', 'content-type': 'application/json' }

/** Among the options of a call: it is called with each piece of the answer that comes. */
const HEARD = Symbol('heard')

interface Hearing {
  readonly [HEARD]?: () => void
}

/** Options of a call whose answer is heard, piece by piece: also what is no event. */
export function heardBy(heard: () => void): Record<never, never> {
  return { [HEARD]: heard }
}

export function fetchTo({ headers }: Destination): typeof fetch {
  const all = { 'user-agent': 'heddle', ...headers, ...NEEDED }
  return async (url, init) => {
    const { [HEARD]: heard, ...options } = (init ?? {}) as RequestInit & Hearing
    const response = await fetch(url, { ...options, headers: all, redirect: 'manual' })
    if (heard === undefined || !response.ok || response.body === null) return response
    const hearing = new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        heard()
        controller.enqueue(piece)
      },
    })
    const { status, statusText, headers: given } = response
    return new Response(response.body.pipeThrough(hearing), { status, statusText, headers: given })
  }
}
