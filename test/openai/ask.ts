/** Requests for the tests of the client. */
import type { ModelChunk, ModelClient, ModelRequest, ModelResult } from '../../src/models/model.ts'

export const CALLER = { key: 'team/writer', call: 3 }

export function requestOf(more: Partial<ModelRequest> = {}): ModelRequest {
  const messages = [{ role: 'user', content: 'Hello', source: 'user' }] as const
  return { messages, caller: CALLER, ...more }
}

export interface Streamed {
  readonly pieces: readonly ModelChunk[]
  readonly result: ModelResult
}

/** All of a stream; `result` is its last part. */
export async function streamed(model: ModelClient, request = requestOf()): Promise<Streamed> {
  const pieces: ModelChunk[] = []
  for await (const part of model.stream?.(request) ?? []) {
    if (part.kind === 'result') return { pieces, result: part.result }
    pieces.push(part)
  }
  throw new Error('the stream has no result')
}

export function textOf(pieces: readonly ModelChunk[]): string {
  return pieces.map((piece) => (piece.kind === 'result' ? '' : piece.text)).join('')
}
