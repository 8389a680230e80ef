/**
 * A lane's shared memory: what must be seen without a message. Except for the claims it is not a
 * source of truth; the ledger is.
 *
 * There is one cell for each turn that a lane can have between its start and its commit. A cell
 * holds a code of the turn's slot, the negated code once the turn should stop, or 0 when the cell
 * is free; and the tick in which the turn began, or a mark that it has ended. A slot is not given
 * out again before the router has taken in its commit, so a cell can't be mistaken for another
 * turn's.
 *
 * There is also one cell for each posted delivery, which decides whether its lane begins it or the
 * router takes it back. The cell holds the delivery's claim, a number that no other delivery has;
 * the negated claim once its turn has begun; 0 once it was taken back. Lane and router both compare
 * and exchange, so exactly one of them wins.
 */
const WAITING = 0
const CANCELS = 1
const TICK = 2
const BEAT = 3
const HEAP = 4
const LEFT = 5
const CULPRIT = 6
const CURRENT = 7
const HEADER = 8
/**
 * How many deliveries of a lane can be taken back at a time. A power of two: the last bits of a
 * claim are the number of its cell.
 */
export const CLAIM_CELLS = 4_096
/** The claim of a delivery that can't be taken back. */
export const NO_CLAIM = 0
const TURNS = HEADER + CLAIM_CELLS
const CELL = 2
const SINCE = 1

/** In place of a tick: the turn has ended, and its result has not left the lane. */
const ENDED = -1
/** In place of a culprit's slot, plus one: its turn is over. */
const OVER = -1

/** Slots are doubled: the last bit of a cell whose turn should stop says why. */
const codeOf = (slot: number) => (slot + 1) * 2
const OVERDUE = 1

function cellOf(claim: number): number {
  return HEADER + (claim & (CLAIM_CELLS - 1))
}

/** Why a turn should stop: it was cancelled, or has run too long. */
export type StopSign = 'cancelled' | 'overdue'

/** A turn that has begun and whose result has not left its lane. */
export interface OpenTurn {
  readonly slot: number
  /** The tick in which it began; undefined: it has ended. */
  readonly since: number | undefined
}

/** A turn that has begun and not ended. */
export interface RunningTurn extends OpenTurn {
  readonly since: number
}

/** Whose code ended a lane's thread, as far as the thread could tell. */
export type Culprit =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'turn'; readonly slot: number }
  /** A turn whose result had left the lane long before. */
  | { readonly kind: 'past-turn' }

export class Counters {
  readonly buffer: SharedArrayBuffer
  readonly #cells: Int32Array

  /** `turns`: how many turns the lane may have running at once. */
  static create(turns: number): Counters {
    const length = TURNS + turns * CELL
    return new Counters(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT))
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#cells = new Int32Array(buffer)
  }

  get turns(): number {
    return (this.#cells.length - TURNS) / CELL
  }

  /** Router: a delivery with this claim is about to be posted. */
  offer(claim: number): void {
    // A plain write: the post that follows makes it visible. A holder of an older claim on the cell
    // loses, whatever it reads.
    this.#cells[cellOf(claim)] = claim
  }

  /**
   * Lane: whether it may run the delivery of this claim, now and at each further attempt; if not,
   * the delivery was taken back.
   */
  claim(claim: number): boolean {
    if (claim === NO_CLAIM) return true
    const was = Atomics.compareExchange(this.#cells, cellOf(claim), claim, -claim)
    return was === claim || was === -claim
  }

  /** Router: whether the delivery of this claim has not begun. It may begin at any moment. */
  isOffered(claim: number): boolean {
    return claim !== NO_CLAIM && Atomics.load(this.#cells, cellOf(claim)) === claim
  }

  /** Router: takes the delivery of this claim back, unless its turn has begun. */
  takeBack(claim: number): boolean {
    if (claim === NO_CLAIM) return false
    return Atomics.compareExchange(this.#cells, cellOf(claim), claim, 0) === claim
  }

  /**
   * Lane: a turn has begun in `cell`. Without a free cell (-1) a turn runs unseen: it can't be cut
   * short, nor suspected.
   */
  begin(cell: number, slot: number): void {
    if (cell < 0) return
    const at = TURNS + cell * CELL
    this.#cells[at + SINCE] = this.#cells[TICK] as number
    // After the turn's time, and before the handler's first instruction: a death in the handler
    // must find the turn begun.
    Atomics.store(this.#cells, at, codeOf(slot))
  }

  /** Lane: the turn of `cell` has ended. Work that it began may still end the thread. */
  end(cell: number): void {
    if (cell >= 0) Atomics.store(this.#cells, TURNS + cell * CELL + SINCE, ENDED)
  }

  /** Lane: the result of the turn of `cell` has left, or its turn was undone. */
  free(cell: number): void {
    // After the post: until then, this turn may be what ends the thread.
    if (cell >= 0) Atomics.store(this.#cells, TURNS + cell * CELL, 0)
  }

  /** Lane: whether the turn of `cell` should stop, and why. */
  stopSign(cell: number): StopSign | undefined {
    if (cell < 0) return undefined
    const code = Atomics.load(this.#cells, TURNS + cell * CELL)
    if (code >= 0) return undefined
    return (-code & OVERDUE) === 0 ? 'cancelled' : 'overdue'
  }

  /**
   * How many deliveries the router has ever cancelled here. If this is ahead of what the lane has
   * read, the lane must read on before it begins a turn.
   */
  get cancels(): number {
    return Atomics.load(this.#cells, CANCELS)
  }

  /**
   * Router: asks the turn of `slot` to stop, if it runs now. A record with the same request
   * follows.
   */
  cancel(slot: number): void {
    Atomics.add(this.#cells, CANCELS, 1)
    this.#sign(slot, 0)
  }

  /** Router: asks the turn of `slot` to stop because it has run too long. */
  overdue(slot: number): void {
    this.#sign(slot, OVERDUE)
  }

  #sign(slot: number, why: number): void {
    const code = codeOf(slot)
    for (let at = TURNS; at < this.#cells.length; at += CELL) {
      // Compared and exchanged in one step: the turn may end, and the cell be taken by another, at
      // any moment.
      if (Atomics.compareExchange(this.#cells, at, code, -code - why) === code) return
    }
  }

  /** Router: the turns that are running. */
  running(): RunningTurn[] {
    return this.open().filter((turn): turn is RunningTurn => turn.since !== undefined)
  }

  /**
   * Router: the turns that have begun and are not committed; after a death, those whose results
   * were lost with the lane.
   */
  open(): OpenTurn[] {
    const turns: OpenTurn[] = []
    for (let at = TURNS; at < this.#cells.length; at += CELL) {
      const code = Atomics.load(this.#cells, at)
      if (code === 0) continue
      const since = Atomics.load(this.#cells, at + SINCE)
      turns.push({ slot: (Math.abs(code) >> 1) - 1, since: since === ENDED ? undefined : since })
    }
    return turns
  }

  /**
   * Deliveries on the lane that can't use its thread now: turns that wait for something, and all
   * behind them.
   */
  get waiting(): number {
    return Atomics.load(this.#cells, WAITING)
  }

  /** Written by the lane alone. */
  set waiting(deliveries: number) {
    Atomics.store(this.#cells, WAITING, deliveries)
  }

  /**
   * The watch's time, by which the age of turns is measured. It stands still while nothing watches.
   */
  get tick(): number {
    return Atomics.load(this.#cells, TICK)
  }

  /** Written by the router alone. */
  set tick(tick: number) {
    Atomics.store(this.#cells, TICK, tick)
  }

  /** How often the lane's thread has returned to its event loop and reported it. */
  get beats(): number {
    return Atomics.load(this.#cells, BEAT)
  }

  /** Lane: reports that its event loop runs. */
  beat(): void {
    Atomics.add(this.#cells, BEAT, 1)
  }

  /** How much of the heap's limit was in use after the last full collection. */
  get heapPercent(): number {
    return Atomics.load(this.#cells, HEAP)
  }

  /** Written by the lane alone. */
  set heapPercent(percent: number) {
    Atomics.store(this.#cells, HEAP, percent)
  }

  /**
   * Lane: the turn of `slot` holds the thread now, from its handler's first line until the handler
   * returns or awaits.
   */
  enter(slot: number): void {
    Atomics.store(this.#cells, CURRENT, slot + 1)
  }

  /** Lane: its thread is between two turns. */
  exit(): void {
    Atomics.store(this.#cells, CURRENT, 0)
  }

  /** Router: the slot of the turn whose handler has neither returned nor awaited anything yet. */
  get current(): number | undefined {
    const code = Atomics.load(this.#cells, CURRENT)
    return code === 0 ? undefined : code - 1
  }

  /** Lane: its thread leaves by itself, by an exit or an error. */
  leave(culprit: Culprit): void {
    if (culprit.kind === 'turn') Atomics.store(this.#cells, CULPRIT, culprit.slot + 1)
    if (culprit.kind === 'past-turn') Atomics.store(this.#cells, CULPRIT, OVER)
    Atomics.store(this.#cells, LEFT, 1)
  }

  /** Router, after a death: whose code left. */
  get culprit(): Culprit {
    const code = Atomics.load(this.#cells, CULPRIT)
    if (code === 0) return { kind: 'unknown' }
    return code === OVER ? { kind: 'past-turn' } : { kind: 'turn', slot: code - 1 }
  }

  /**
   * Whether the thread has left by itself; a thread that is ended from outside has no time to
   * report it.
   */
  get hasLeft(): boolean {
    return Atomics.load(this.#cells, LEFT) === 1
  }
}

/** Blocks this thread for `ms` milliseconds. */
export function sleepHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms)
}
