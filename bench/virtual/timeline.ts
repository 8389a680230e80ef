/**
 * Simulated time for a few places that work at once. Each place has its own clock, which its work
 * moves forward, and runs what reaches it one after the other.
 *
 * Owns: the coming events, in the order of their times.
 * Does not own: what the events do.
 * Gotcha: an event must be synchronous, except for promises that are already settled; each event
 * has one turn of the real loop.
 */
import type { Clock } from 'heddle'

interface Event {
  readonly at: number
  readonly made: number
  readonly happen: () => void
}

export class Timeline {
  /** Sorted by time, then by when they were made. The next event is at the end. */
  readonly #events: Event[] = []
  #made = 0
  #isDriving = false
  /** The time of the latest event that has happened. */
  now = 0

  /** The returned function cancels the event. */
  at(time: number, happen: () => void): () => void {
    const event: Event = { at: time, made: ++this.#made, happen }
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle] as Event).at > time) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
    if (!this.#isDriving) {
      this.#isDriving = true
      setImmediate(() => this.#drive())
    }
    return () => {
      const place = this.#events.indexOf(event)
      if (place !== -1) this.#events.splice(place, 1)
    }
  }

  #drive(): void {
    const event = this.#events.pop()
    if (event === undefined) {
      this.#isDriving = false
      return
    }
    this.now = event.at
    event.happen()
    setImmediate(() => this.#drive())
  }
}

/** A place that does one thing at a time. */
export class Place {
  readonly clock: Clock
  readonly #timeline: Timeline
  readonly #arrived: (() => void)[] = []
  #isBusy = false
  #now = 0
  #workedMs = 0

  constructor(timeline: Timeline) {
    this.#timeline = timeline
    this.clock = {
      now: () => this.#time,
      wallNow: () => this.#time,
      after: (ms, run) => timeline.at(this.#time + ms, () => this.#arrive(run)),
      soon: (run) => void timeline.at(this.#time, () => this.#arrive(run)),
    }
  }

  /** Milliseconds of work in all. */
  get workedMs(): number {
    return this.#workedMs
  }

  /** Makes `run` reach this place at `time`. */
  reach(time: number, run: () => void): void {
    this.#timeline.at(time, () => this.#arrive(run))
  }

  /** The code that runs here now takes `ms` of simulated time. */
  work(ms: number): void {
    this.#now = this.#time + ms
    this.#workedMs += ms
  }

  /** Ahead of the timeline after work, and behind it if nothing has happened here for a while. */
  get #time(): number {
    return Math.max(this.#now, this.#timeline.now)
  }

  #arrive(run: () => void): void {
    this.#arrived.push(run)
    if (!this.#isBusy) this.#next()
  }

  #next(): void {
    this.#isBusy = true
    this.#timeline.at(this.#time, () => {
      this.#arrived.shift()?.()
      this.#isBusy = false
      if (this.#arrived.length > 0) this.#next()
    })
  }
}
