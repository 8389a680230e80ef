/**
 * The message of the AI SDK that a run is writing, kept whole, so that an interface that comes back
 * gets all of it.
 *
 * Invariant: pieces of one text that follow each other are kept as one piece.
 */
import type { HeddleUIMessageChunk } from '../ai-sdk/ui-stream.ts'
import { textOf } from './problem.ts'
import { EVENT_STREAM } from './sse.ts'

interface Piece {
  readonly type: string
  readonly id: string
  readonly delta: string
}

export class UILog {
  readonly #mostBytes: number
  readonly #chunks: HeddleUIMessageChunk[] = []
  #bytes = 0
  #hasEnded = false
  #isCut = false
  #changed = Promise.withResolvers<void>()

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Whether an interface that comes now can be given the message: it is under way, and whole. */
  get canReplay(): boolean {
    return !this.#hasEnded && !this.#isCut
  }

  push(chunk: HeddleUIMessageChunk): void {
    const last = this.#chunks.at(-1)
    const piece = pieceOf(chunk)
    const before = last && pieceOf(last)
    if (piece !== undefined && before?.type === piece.type && before.id === piece.id) {
      const delta = before.delta + piece.delta
      this.#chunks[this.#chunks.length - 1] = { ...chunk, delta } as HeddleUIMessageChunk
      this.#bytes += piece.delta.length
    } else {
      this.#chunks.push(chunk)
      this.#bytes += JSON.stringify(chunk).length
    }
    if (this.#bytes > this.#mostBytes) this.#isCut = true
    this.#tell()
  }

  end(): void {
    this.#hasEnded = true
    this.#tell()
  }

  /** The whole message so far, and then each chunk as it comes. */
  read(): ReadableStream<HeddleUIMessageChunk> {
    let at = 0
    let taken = 0
    const { promise: left, resolve: leave } = Promise.withResolvers<'left'>()
    return new ReadableStream<HeddleUIMessageChunk>(
      {
        pull: async (controller) => {
          for (;;) {
            const chunk = this.#chunks[at]
            const piece = chunk && pieceOf(chunk)
            const isNext = at < this.#chunks.length - 1
            if (chunk !== undefined && piece === undefined) {
              at += 1
              return controller.enqueue(chunk)
            }
            if (piece !== undefined && taken < piece.delta.length) {
              const delta = piece.delta.slice(taken)
              taken = piece.delta.length
              return controller.enqueue({ ...chunk, delta } as HeddleUIMessageChunk)
            }
            if (piece !== undefined && isNext) {
              at += 1
              taken = 0
              continue
            }
            if (this.#hasEnded) return controller.close()
            if ((await Promise.race([this.#changed.promise, left])) === 'left') return
          }
        },
        cancel: () => leave('left'),
      },
      { highWaterMark: 0 },
    )
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

function pieceOf(chunk: HeddleUIMessageChunk): Piece | undefined {
  if (chunk.type === 'text-delta' || chunk.type === 'reasoning-delta') {
    return 'providerMetadata' in chunk ? undefined : chunk
  }
  return undefined
}

/** The message as a response that `useChat` reads, by version 1 of the SDK's protocol. */
export function uiResponse(message: UILog): Response {
  const encoder = new TextEncoder()
  const reader = message.read().getReader()
  const event = (data: string) => encoder.encode(`data: ${data}\n\n`)
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(event(textOf(value)))
        controller.enqueue(event('[DONE]'))
        controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { ...EVENT_STREAM, 'x-vercel-ai-ui-message-stream': 'v1' } })
}
