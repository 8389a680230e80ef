/**
 * The events of a stream, kept for readers who come, leave and come back.
 *
 * Owns: a window of the events by count, bytes and time, for one stream and for all streams
 * together.
 * Invariants: events are numbered from 1, in order, without gaps; a reader has a place in the log
 * and no buffer of its own, so a slow one costs nothing, and falls out of the window at last.
 */
import { afterIdle, type Clock } from '../clock.ts'

/** What is kept of streams. */
export interface StreamLimits {
  /** The most events of a stream. */
  readonly events: number
  /** The most bytes of a stream. */
  readonly bytes: number
  /** The most bytes of all streams. */
  readonly totalBytes: number
  /** How long an event is kept, also after the end of its stream, in milliseconds. */
  readonly ms: number
}

export interface StreamEvent {
  readonly number: number
  /** Its name for server-sent events; undefined: `message`. */
  readonly name: string | undefined
  /** JSON. */
  readonly data: string
  readonly bytes: number
  readonly at: number
}

/** What a reader finds at its place. */
export type Found =
  | { readonly kind: 'events'; readonly events: readonly StreamEvent[] }
  /** The reader has everything; `changed` resolves when there is more. */
  | { readonly kind: 'none'; readonly changed: Promise<void> }
  | { readonly kind: 'ended' }
  /** What comes after its place is no longer kept. `first`: the first number that is. */
  | { readonly kind: 'lost'; readonly first: number }

/** How many events a reader is given at once. */
const BATCH = 64

export class EventLog {
  readonly #limits: StreamLimits
  readonly #clock: Clock
  readonly #logs: EventLogs
  readonly #events: StreamEvent[] = []
  /** The place of the first event that is kept. */
  #from = 0
  #last = 0
  #bytes = 0
  #hasEnded = false
  #changed = Promise.withResolvers<void>()

  constructor(limits: StreamLimits, clock: Clock, logs: EventLogs) {
    this.#limits = limits
    this.#clock = clock
    this.#logs = logs
  }

  get bytes(): number {
    return this.#bytes
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The number of the newest event. */
  get last(): number {
    return this.#last
  }

  push(data: string, name?: string): void {
    if (this.#hasEnded) return
    const bytes = Buffer.byteLength(data) + 64
    this.#events.push({ number: ++this.#last, name, data, bytes, at: this.#clock.now() })
    this.#bytes += bytes
    this.#logs.grown(bytes)
    this.#trim()
    this.#tell()
  }

  /** `forgotten` is called when its events are not kept any longer. */
  end(forgotten: () => void = () => {}): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#tell()
    afterIdle(this.#clock, this.#limits.ms, () => {
      this.#logs.forget(this)
      forgotten()
    })
  }

  /** What comes after the event of this number. */
  after(number: number): Found {
    const first = this.#last - this.#size + 1
    if (number + 1 < first) return { kind: 'lost', first }
    if (number >= this.#last) {
      return this.#hasEnded ? { kind: 'ended' } : { kind: 'none', changed: this.#changed.promise }
    }
    const at = this.#from + (number + 1 - first)
    return { kind: 'events', events: this.#events.slice(at, at + BATCH) }
  }

  /** Forgets the oldest event. Returns whether there was one. */
  dropFirst(): boolean {
    const first = this.#events[this.#from]
    if (first === undefined) return false
    this.#from += 1
    this.#bytes -= first.bytes
    this.#logs.grown(-first.bytes)
    if (this.#from < 256 || this.#from * 2 < this.#events.length) return true
    this.#events.splice(0, this.#from)
    this.#from = 0
    return true
  }

  get #size(): number {
    return this.#events.length - this.#from
  }

  /** The newest event stays, however large it is. */
  #trim(): void {
    const { events, bytes, ms } = this.#limits
    const oldest = this.#clock.now() - ms
    while (this.#size > 1) {
      const first = this.#events[this.#from] as StreamEvent
      if (this.#size <= events && this.#bytes <= bytes && first.at >= oldest) return
      this.dropFirst()
    }
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

/** The logs of a handler, with the bound of them all. */
export class EventLogs {
  readonly #limits: StreamLimits
  readonly #clock: Clock
  /** In the order in which they were made. */
  readonly #all = new Set<EventLog>()
  #bytes = 0

  constructor(limits: StreamLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  open(): EventLog {
    const log = new EventLog(this.#limits, this.#clock, this)
    this.#all.add(log)
    return log
  }

  /** How many streams and bytes are kept. */
  get size(): { readonly streams: number; readonly bytes: number } {
    return { streams: this.#all.size, bytes: this.#bytes }
  }

  grown(bytes: number): void {
    this.#bytes += bytes
    if (bytes <= 0 || this.#bytes <= this.#limits.totalBytes) return
    for (const log of [...this.#all].sort((one, other) => rank(one) - rank(other))) {
      while (this.#bytes > this.#limits.totalBytes && log.dropFirst());
      if (this.#bytes <= this.#limits.totalBytes) return
    }
  }

  /** The log is not kept any longer. */
  forget(log: EventLog): void {
    this.#all.delete(log)
    while (log.dropFirst());
  }
}

/** Streams that have ended give up their events first, and then the largest. */
function rank(log: EventLog): number {
  return log.hasEnded ? 0 : 1 / (1 + log.bytes)
}
