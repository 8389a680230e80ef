/**
 * When keys are taken back that wait on one lane while another lane has nothing to do.
 *
 * Owns: the timer, and what was seen of the lanes since it was set.
 * Does not own: how a key is taken back (placement), and which side wins it (the claims in shared
 * memory).
 * Invariant: D2, a key of which no turn has begun does not wait for another key's turn while a lane
 * is idle. What was posted a moment ago is left where it is: most lanes get to it before it could
 * be taken back.
 */
import type { Clock } from '../../clock.ts'
import type { LaneChannel } from './lane-channel.ts'
import { isOpen, isSoonDry } from './lane-choice.ts'
import type { Placement } from './placement.ts'

/** Deliveries that were posted longer ago than this and have not begun are taken back. */
const AGE_MS = 1
/** Moments closer to each other than this count as one. */
const STEP_MS = 0.25

/** How far the lanes had got at a moment. */
interface Mark {
  readonly at: number
  /** By lane: how many deliveries had ever been posted to it. */
  readonly postings: number[]
  /** By lane: the number of the last record that it had posted. */
  readonly heard: number[]
}

export class Recall {
  readonly #lanes: readonly LaneChannel[]
  readonly #clock: Clock
  readonly #placement: Placement
  readonly #moved: () => void
  readonly #marks: Mark[] = []
  #stopTimer: (() => void) | undefined

  /** `moved`: called when keys have been taken back. */
  constructor(
    lanes: readonly LaneChannel[],
    clock: Clock,
    placement: Placement,
    moved: () => void,
  ) {
    this.#lanes = lanes
    this.#clock = clock
    this.#placement = placement
    this.#moved = moved
  }

  /** After any event: sets the timer while one lane has work and another could take it. */
  look(): void {
    if (this.#lanes.length < 2 || !this.#isUneven()) return
    const now = this.#clock.now()
    let mark = this.#marks.at(-1)
    if (mark === undefined || now - mark.at >= STEP_MS) {
      mark = { at: now, postings: [], heard: [] }
      this.#marks.push(mark)
    }
    for (const { index, postings, heard } of this.#lanes) {
      mark.postings[index] = postings
      mark.heard[index] = heard
    }
    this.#setTimer(now)
  }

  /**
   * Nothing is in flight. The timer is left to fire without effect: a runtime that gets one message
   * at a time is idle after each, and setting and clearing a timer for each would take longer than
   * everything else here.
   */
  rest(): void {
    this.#marks.length = 0
  }

  /** Stops it for good. */
  stop(): void {
    this.rest()
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }

  #setTimer(now: number): void {
    const [first] = this.#marks
    if (first === undefined) return
    this.#stopTimer ??= this.#clock.after(Math.max(0, first.at + AGE_MS - now), () => {
      // Records that have arrived meanwhile are taken in first: the lanes may be further than is
      // known.
      this.#clock.soon(() => this.#share())
    })
  }

  #share(): void {
    this.#stopTimer = undefined
    const now = this.#clock.now()
    const due = this.#takeDue(now)
    if (due !== undefined && this.#shareOut(due)) this.#moved()
    this.#setTimer(now)
  }

  /** The last mark that is old enough. It and the earlier marks are dropped. */
  #takeDue(now: number): Mark | undefined {
    let due: Mark | undefined
    while ((this.#marks[0]?.at ?? now) + AGE_MS <= now) due = this.#marks.shift()
    return due
  }

  /** Takes keys back where lanes could share them. Returns whether any was taken back. */
  #shareOut({ postings, heard }: Mark): boolean {
    for (const lane of this.#lanes) {
      const wasSilent = lane.heard === heard[lane.index]
      if (wasSilent && lane.load > 0 && lane.status === 'up') lane.noteSilence()
    }
    const takers = this.#lanes.filter(isTaker)
    const idle = takers.filter(({ load }) => load <= 0)
    let isMoved = false
    for (const lane of this.#lanes) {
      // A lane whose thread keeps returning to its event loop keeps what it has, unless another
      // lane has nothing at all.
      const from = isOpen(lane) && !lane.computes ? idle : takers
      if (!from.some((taker) => taker !== lane)) continue
      isMoved = this.#placement.takeBack(lane, postings[lane.index] ?? 0) || isMoved
    }
    if (isMoved) for (const lane of idle.length > 0 ? idle : takers) this.#placement.fillLane(lane)
    return isMoved
  }

  /** Whether one lane has work, and another could take it. */
  #isUneven(): boolean {
    let taker: LaneChannel | undefined
    let worker: LaneChannel | undefined
    for (const lane of this.#lanes) {
      const takes = isTaker(lane)
      const works = lane.load > 0 || lane.ready.size > 0
      if ((takes && worker !== undefined) || (works && taker !== undefined)) return true
      if (takes) taker = lane
      if (works) worker = lane
    }
    return false
  }
}

function isTaker(lane: LaneChannel): boolean {
  return isOpen(lane) && !lane.computes && isSoonDry(lane)
}
