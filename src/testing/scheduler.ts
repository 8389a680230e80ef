/**
 * Chooses the next event, by a seed, among those that could happen. It is also the clock: time
 * passes a little with each reading, and jumps to the next timer when nothing else can happen. A
 * timer that is nearly due is one of the events.
 *
 * Owns: the pending events, simulated time.
 * Does not own: what the events do.
 * Gotchas: events of one `stream` keep their order among themselves; streams are interleaved at
 * random.
 */
import { outsideTurns } from '../agents/turn-context.ts'
import { type Clock, systemClock } from '../clock.ts'
import { Random } from './random.ts'

interface Timer {
  readonly owner: object
  readonly at: number
  readonly made: number
  readonly run: () => void
}

/**
 * The most milliseconds that pass between two readings of the clock, so that slices and commits end
 * at varying points.
 */
const TICK_MS = 0.4
/**
 * The milliseconds for which a thread may pause between two events: a timer that is due by then may
 * come first.
 */
const PAUSE_MS = 1

export class Scheduler {
  readonly random: Random
  readonly #streams = new Map<object, (() => void)[]>()
  readonly #timers = new Set<Timer>()
  readonly #gone = new WeakSet<object>()
  #now = 0
  #steps = 0
  #timersMade = 0
  #driving = false
  readonly #beforeTime: () => void
  /** Called after each event. */
  afterStep: () => void = () => {}

  /** `beforeTime` is called when nothing more can happen until time advances. */
  constructor(seed: number, beforeTime: () => void = () => {}) {
    this.random = new Random(seed)
    this.#beforeTime = beforeTime
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps
  }

  /** Adds an event after those that the stream already holds. */
  add(stream: object, run: () => void): void {
    if (this.#gone.has(stream)) return
    const events = this.#streams.get(stream)
    if (events === undefined) this.#streams.set(stream, [run])
    else events.push(run)
    this.#drive()
  }

  /**
   * Drops the events that a stream still holds, and the timers of its clock. Events added to it
   * later are ignored: the code of a dead thread does not run any more.
   */
  drop(stream: object): void {
    this.#gone.add(stream)
    this.#streams.delete(stream)
    for (const timer of this.#timers) if (timer.owner === stream) this.#timers.delete(timer)
  }

  /** A clock whose `soon` events and timers are dropped with `owner`. */
  clockFor(owner: object): Clock {
    return {
      now: () => {
        this.#now += this.random.next() * TICK_MS
        return this.#now
      },
      wallNow: () => this.#now,
      soon: (run) => this.add(owner, run),
      after: (ms, run) => {
        if (this.#gone.has(owner)) return () => {}
        const timer: Timer = { owner, at: this.#now + ms, made: ++this.#timersMade, run }
        this.#timers.add(timer)
        this.#drive()
        return () => this.#timers.delete(timer)
      },
    }
  }

  #drive(): void {
    if (this.#driving) return
    this.#driving = true
    systemClock.soon(() => this.#step())
  }

  /**
   * Runs one event, waits for all that follows from it without another event, and then runs the
   * next.
   */
  #step(): void {
    const event = this.#nextEvent() ?? this.#eventBeforeTime() ?? this.#nextTimer()
    if (event === undefined) {
      this.#driving = false
      return
    }
    this.#steps++
    outsideTurns(event)
    this.afterStep()
    systemClock.soon(() => this.#step())
  }

  #nextEvent(): (() => void) | undefined {
    const streams = [...this.#streams]
    if (streams.length === 0) return undefined
    const timer = this.#soonestTimer()
    const isDue = timer !== undefined && timer.at <= this.#now + PAUSE_MS
    const chosen = streams[this.random.below(streams.length + (isDue ? 1 : 0))]
    if (chosen === undefined) return isDue ? this.#takeTimer(timer) : undefined
    const [stream, events] = chosen
    const event = events.shift()
    if (events.length === 0) this.#streams.delete(stream)
    return event
  }

  #eventBeforeTime(): (() => void) | undefined {
    this.#beforeTime()
    return this.#nextEvent()
  }

  #nextTimer(): (() => void) | undefined {
    const next = this.#soonestTimer()
    return next === undefined ? undefined : this.#takeTimer(next)
  }

  #takeTimer(timer: Timer): () => void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    return timer.run
  }

  #soonestTimer(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      const isSooner = next === undefined || timer.at < next.at
      if (isSooner || (timer.at === next?.at && timer.made < next.made)) next = timer
    }
    return next
  }
}
