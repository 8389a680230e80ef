/**
 * A step of the user interface's message: what was shown since the last speakers were named.
 *
 * Owns: the chunks that go out, and of the present step those that would show it again.
 * Invariant: what one agent has shown in the step can be taken back, and the rest of it stays. The
 * protocol can only empty the whole step, so the rest is shown again.
 */
import type { Chunk } from './ui-message.ts'

/** One part of the message, and the chunks that make it; deltas that follow each other are one, and
 * the last progress of a tool stands for all. */
export interface Part {
  readonly agent: string
  readonly chunks: Chunk[]
}

export class Step {
  #parts: Part[] = []
  #out: Chunk[] = []

  /** The agents that have shown something in this step. */
  get agents(): readonly string[] {
    return this.#parts.map(({ agent }) => agent)
  }

  /** The chunks since the last call. */
  take(): readonly Chunk[] {
    const out = this.#out
    this.#out = []
    return out
  }

  /** A chunk that is no part of the message. */
  send(chunk: Chunk): void {
    this.#out.push(chunk)
  }

  begin(): void {
    this.send({ type: 'start-step' })
  }

  end(): void {
    this.#parts = []
    this.send({ type: 'finish-step' })
  }

  open(agent: string, chunk: Chunk): Part {
    const part: Part = { agent, chunks: [chunk] }
    this.#parts.push(part)
    this.send(chunk)
    return part
  }

  add(part: Part, chunk: Chunk): void {
    this.send(chunk)
    const last = part.chunks.at(-1)
    const both = last === undefined ? undefined : joined(last, chunk)
    if (both === undefined) part.chunks.push(chunk)
    else part.chunks[part.chunks.length - 1] = both
  }

  /** Takes back what this agent has shown. */
  retract(agent: string): void {
    const rest = this.#parts.filter((part) => part.agent !== agent)
    if (rest.length === this.#parts.length) return
    this.#parts = rest
    this.send({ type: 'reset-step' })
    for (const chunk of rest.flatMap(({ chunks }) => chunks)) this.send(chunk)
  }
}

function joined(one: Chunk, other: Chunk): Chunk | undefined {
  if (one.type === 'tool-input-delta' && other.type === 'tool-input-delta') {
    return { ...one, inputTextDelta: one.inputTextDelta + other.inputTextDelta }
  }
  if (one.type === 'tool-output-available' && one.preliminary === true) {
    return other.type === one.type ? other : undefined // it takes its place
  }
  if (one.type !== 'text-delta' && one.type !== 'reasoning-delta') return undefined
  return other.type === one.type ? { ...one, delta: one.delta + other.delta } : undefined
}
