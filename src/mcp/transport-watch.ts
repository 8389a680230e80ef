/**
 * What goes through a transport of the package, seen from beside: which calls are answered, which
 * answer can't come any more, and what is nonsense. It changes and adds nothing.
 *
 * The only option of a request that reaches its transport is `onresumptiontoken`, so that a call is
 * known there by this function.
 */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { isRecord, readFrom, textFrom } from '../describe.ts'

export type Tag = (token: string) => void

export interface Watching {
  /** The stream of this call has ended without its answer. */
  lost(tag: Tag): void
  /** The package drops what comes shortly before the answer. */
  progress(tag: Tag, progress: unknown): void
  /** What came is no message, or answers nothing that was asked. */
  nonsense(problem: string): void
}

interface Asked {
  readonly tag: Tag | undefined
  /** Settles when its answer has come. */
  readonly answered: PromiseWithResolvers<void>
}

export class TransportWatch {
  readonly #watching: Watching
  readonly #asked = new Map<number, Asked>()
  #highest = -1

  constructor(transport: Transport, watching: Watching) {
    this.#watching = watching
    const send = transport.send.bind(transport)
    transport.send = (message, options) => {
      const id = idOf(message)
      if (id === undefined || !('method' in message)) return send(message, options)
      this.#highest = Math.max(this.#highest, id)
      const tag = options?.onresumptiontoken
      this.#asked.set(id, { tag, answered: Promise.withResolvers() })
      return send(message, { ...options, onRequestStreamEnd: () => this.#streamEnded(id) })
    }
    transport.onmessage = (message) => this.#heard(message)
    transport.onerror = (error) => {
      const name = textFrom(error, 'name') ?? ''
      const isHuge = /ReadBuffer exceeded/.test(textFrom(error, 'message') ?? '')
      if (isHuge) watching.nonsense('it sent a message of more than 10 MiB')
      else if (/^\$?(ZodError|SyntaxError)$/.test(name)) {
        watching.nonsense(
          'it sent what is no message of MCP; a server by stdio writes its logs on stderr',
        )
      }
    }
  }

  /** Settles when the call's answer has come; undefined: it has, or the call was never sent. */
  answerTo(tag: Tag): Promise<void> | undefined {
    for (const asked of this.#asked.values()) if (asked.tag === tag) return asked.answered.promise
    return undefined
  }

  /** Nobody waits for the call's answer any more. */
  forget(tag: Tag): void {
    for (const [id, asked] of this.#asked) if (asked.tag === tag) this.#asked.delete(id)
  }

  #heard(message: JSONRPCMessage): void {
    if ('method' in message) return this.#told(message)
    const id = idOf(message)
    if (id === undefined || id > this.#highest) {
      return this.#watching.nonsense('it answered what nobody has asked')
    }
    this.#asked.get(id)?.answered.resolve()
    this.#asked.delete(id)
  }

  #told(message: JSONRPCMessage): void {
    if (readFrom(message, 'method') !== 'notifications/progress') return
    const { progressToken, progress, total, message: words } = paramsOf(message)
    const asked = typeof progressToken === 'number' ? this.#asked.get(progressToken) : undefined
    if (asked?.tag === undefined || typeof progress !== 'number') return
    this.#watching.progress(asked.tag, {
      progress,
      ...(typeof total === 'number' && { total }),
      ...(typeof words === 'string' && { message: words }),
    })
  }

  #streamEnded(id: number): void {
    const asked = this.#asked.get(id)
    if (asked?.tag !== undefined) this.#watching.lost(asked.tag)
  }
}

/** The package counts its requests from 0. Those of its probes have ids of their own. */
function idOf(message: JSONRPCMessage): number | undefined {
  const id = readFrom(message, 'id')
  const number = Number(id)
  return id === undefined || id === null || !Number.isInteger(number) ? undefined : number
}

function paramsOf(message: JSONRPCMessage): Record<string, unknown> {
  const params = readFrom(message, 'params')
  return isRecord(params) ? params : {}
}
