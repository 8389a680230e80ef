/**
 * Results of effects outside that a turn did with `turn.once`: kept by the router and by the lane
 * until the turn's delivery settles, so that no later attempt does them again.
 */

/**
 * Why there is no result of an effect that was done: it could not be kept. Every attempt gets this
 * error.
 */
export type Lost =
  | { readonly code: 'HEDDLE_ONCE_FULL'; readonly bytes: number; readonly limit: number }
  | {
      readonly code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE'
      readonly path: string
      readonly problem: string
    }

/** One of them. */
export interface RecordedResult {
  /** Unique in the turn: the part of the turn that did it, and the name that it gave. */
  readonly name: string
  /** Sealed, as a payload is. */
  readonly value: unknown
  /** Undefined: `value` is the result. */
  readonly lost?: Lost
  /** An estimate of its size, with its name. */
  readonly bytes: number
}

/** What any result of this name takes. */
export function leastBytes(name: string): number {
  return 2 * name.length
}

export function resultOf(
  name: string,
  { value, bytes }: Pick<RecordedResult, 'value' | 'bytes'>,
): RecordedResult {
  return { name, value, bytes: bytes + leastBytes(name) }
}

/** Takes few bytes, whatever was lost. */
export function lostResult(name: string, given: Lost): RecordedResult {
  const { problem = '', path = '' } = given as Partial<Record<string, string>>
  const lost = problem === '' ? given : { ...given, path: cut(path), problem: cut(problem) }
  return { name, value: undefined, lost, bytes: leastBytes(name) + LOST_BYTES }
}

/** The most characters of a text in it, and an estimate of what it takes. */
const LOST_CHARS = 200
const LOST_BYTES = 64

function cut(text: string): string {
  return text.length > LOST_CHARS ? `${text.slice(0, LOST_CHARS)}…` : text
}

export class Recorded {
  readonly #results = new Map<string, RecordedResult>()
  #bytes = 0

  static of(results: readonly RecordedResult[]): Recorded {
    const recorded = new Recorded()
    for (const result of results) recorded.add(result)
    return recorded
  }

  /** The estimated bytes of all results. */
  get bytes(): number {
    return this.#bytes
  }

  get all(): readonly RecordedResult[] {
    return [...this.#results.values()]
  }

  get(name: string): RecordedResult | undefined {
    return this.#results.get(name)
  }

  /** False: there is a result of this name, and it stays. */
  add(result: RecordedResult): boolean {
    if (this.#results.has(result.name)) return false
    this.#results.set(result.name, result)
    this.#bytes += result.bytes
    return true
  }
}
