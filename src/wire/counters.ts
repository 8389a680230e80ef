/**
 * A lane's shared memory: what must be seen without a message. Except for the claims it is not a
 * source of truth; the ledger is.
 *
 * There is one cell for each delivery that the lane has, at the delivery's slot: no turn is ever
 * without one. Cells come in chunks; the router makes a chunk when it first posts a delivery with a
 * slot in it, and the chunk is posted before that delivery. So every operation goes to its cell
 * directly, and nothing here looks at all cells.
 *
 * A cell has two numbers. The first decides whether the lane begins the delivery or the router
 * takes it back: it is the delivery's claim, a number that no other delivery has; the negated claim
 * once its turn has begun; 0 once it was taken back. Lane and router both compare and exchange, so
 * exactly one of them wins. The second is written by the lane, but for the sign: 0 while no turn is
 * under way; the tick in which the turn began, with a sign once it should stop; or a mark that it
 * has ended. A slot is not given out again before the router has taken in its turn's commit, so a
 * cell can't be mistaken for another turn's.
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
/** Cells in a chunk, as a power of two: a slot's last bits are its place in its chunk. */
const CHUNK_BITS = 12
const CHUNK_CELLS = 1 << CHUNK_BITS
const CELL = 2
const TURN = 1
/** The claim of a delivery that can't be taken back. */
export const NO_CLAIM = 0
/** How many claims there are before they repeat. */
const CLAIMS = 2 ** 31 - 1

/** In place of a tick: the turn has ended, and its result has not left the lane. */
const ENDED = -1
/** In place of a culprit's slot, plus one: its turn is over. */
const OVER = -1

/** The last bits of the number of a turn that is under way: why it should stop. */
const SIGN_BITS = 2
const SIGNS = (1 << SIGN_BITS) - 1
const CANCELLED = 1
const OVERDUE = 2
/** Ticks are kept without their upper bits: no turn takes a year. */
const TICKS = 2 ** 28 - 1

/** The claim of the delivery that is posted as the `number`th on its lane, from 1. */
export function claimOf(number: number): number {
  return ((number - 1) % CLAIMS) + 1
}

/** How many deliveries were posted to a lane after the one with the first of these claims. */
export function postedBetween(first: number, last: number): number {
  return (last - first + CLAIMS) % CLAIMS
}

/** A lane's shared memory, as it is handed to the lane when it starts. */
export interface SharedCounters {
  readonly header: SharedArrayBuffer
  /** The first chunk of cells. */
  readonly cells: SharedArrayBuffer
}

/** Why a turn should stop: it was cancelled, or has run too long. */
export type StopSign = 'cancelled' | 'overdue'

/** Whose code ended a lane's thread, as far as the thread could tell. */
export type Culprit =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'turn'; readonly slot: number }
  /** A turn whose result had left the lane long before. */
  | { readonly kind: 'past-turn' }

export class Counters {
  readonly #header: Int32Array
  readonly #chunks: (Int32Array | undefined)[] = []
  readonly shared: SharedCounters

  static create(): Counters {
    const header = new SharedArrayBuffer(HEADER * Int32Array.BYTES_PER_ELEMENT)
    return new Counters({ header, cells: newCells() })
  }

  constructor(shared: SharedCounters) {
    this.shared = shared
    this.#header = new Int32Array(shared.header)
    this.learn(0, shared.cells)
  }

  /** Router: makes the cell of a slot, if there is none. Returns the chunk to tell the lane of. */
  grow(slot: number): { readonly chunk: number; readonly cells: SharedArrayBuffer } | undefined {
    const chunk = slot >> CHUNK_BITS
    if (this.#chunks[chunk] !== undefined) return undefined
    const cells = newCells()
    this.learn(chunk, cells)
    return { chunk, cells }
  }

  /** Lane: there are more cells. Nothing changes where the router has the same object. */
  learn(chunk: number, cells: SharedArrayBuffer): void {
    while (this.#chunks.length <= chunk) this.#chunks.push(undefined)
    this.#chunks[chunk] ??= new Int32Array(cells)
  }

  /**
   * Router: a delivery is about to be posted, with this claim, or with NO_CLAIM if nobody else
   * could take it.
   */
  offer(slot: number, claim: number): void {
    const cells = this.#cellsOf(slot)
    const at = placeOf(slot)
    // Plain writes: the post that follows makes them visible. A holder of an older claim on the
    // cell loses, whatever it reads.
    cells[at + TURN] = 0
    cells[at] = claim
  }

  /**
   * Lane: whether it may run the delivery, now and at each further attempt; if not, the delivery
   * was taken back.
   */
  claim(slot: number, claim: number): boolean {
    if (claim === NO_CLAIM) return true
    const was = Atomics.compareExchange(this.#cellsOf(slot), placeOf(slot), claim, -claim)
    return was === claim || was === -claim
  }

  /**
   * Router: whether the lane has begun the delivery of this claim. If not, it may begin at any
   * moment. Without a claim, only a turn that is not committed counts.
   */
  hasBegun(slot: number, claim: number): boolean {
    if (claim === NO_CLAIM) return this.isOpen(slot)
    return Atomics.load(this.#cellsOf(slot), placeOf(slot)) !== claim
  }

  /** Router: takes the delivery of this claim back, unless its turn has begun. */
  takeBack(slot: number, claim: number): boolean {
    if (claim === NO_CLAIM) return false
    return Atomics.compareExchange(this.#cellsOf(slot), placeOf(slot), claim, 0) === claim
  }

  /** Lane: the turn of a slot begins. */
  begin(slot: number): void {
    const tick = (this.#header[TICK] as number) & TICKS
    // Before the handler's first instruction: a death in the handler must find the turn begun.
    Atomics.store(this.#cellsOf(slot), placeOf(slot) + TURN, (tick + 1) << SIGN_BITS)
  }

  /** Lane: the turn of a slot has ended. Work that it began may still end the thread. */
  end(slot: number): void {
    Atomics.store(this.#cellsOf(slot), placeOf(slot) + TURN, ENDED)
  }

  /** Lane: the result of a slot's turn has left, or its turn was undone. */
  free(slot: number): void {
    // After the post: until then, this turn may be what ends the thread.
    Atomics.store(this.#cellsOf(slot), placeOf(slot) + TURN, 0)
  }

  /** Lane: whether the turn of a slot should stop, and why. */
  stopSign(slot: number): StopSign | undefined {
    const turn = this.#turnOf(slot)
    if (turn <= 0 || (turn & SIGNS) === 0) return undefined
    return (turn & SIGNS) === CANCELLED ? 'cancelled' : 'overdue'
  }

  /**
   * How many deliveries the router has ever cancelled here. If this is ahead of what the lane has
   * read, the lane must read on before it begins a turn.
   */
  get cancels(): number {
    return Atomics.load(this.#header, CANCELS)
  }

  /**
   * Router: asks the turn of a slot to stop, if it runs now. A record with the same request
   * follows.
   */
  cancel(slot: number): void {
    Atomics.add(this.#header, CANCELS, 1)
    this.#sign(slot, CANCELLED)
  }

  /** Router: asks the turn of a slot to stop because it has run too long. */
  overdue(slot: number): void {
    this.#sign(slot, OVERDUE)
  }

  #sign(slot: number, why: number): void {
    const turn = this.#turnOf(slot)
    if (turn <= 0 || (turn & SIGNS) !== 0) return
    // Compared and exchanged in one step: the turn may end at any moment.
    Atomics.compareExchange(this.#cellsOf(slot), placeOf(slot) + TURN, turn, turn | why)
  }

  /**
   * Router: the tick in which the turn of a slot began; undefined: none is under way. A turn that
   * has ended is not.
   */
  since(slot: number): number | undefined {
    const turn = this.#turnOf(slot)
    if (turn <= 0) return undefined
    const { tick } = this
    return tick - ((tick - ((turn >> SIGN_BITS) - 1)) & TICKS)
  }

  /**
   * Router: whether the turn of a slot has begun and is not committed; after a death, whether its
   * result was lost with the lane.
   */
  isOpen(slot: number): boolean {
    return this.#turnOf(slot) !== 0
  }

  #turnOf(slot: number): number {
    return Atomics.load(this.#cellsOf(slot), placeOf(slot) + TURN)
  }

  /** The chunk of a slot's cell. It was made before the slot was posted. */
  #cellsOf(slot: number): Int32Array {
    return this.#chunks[slot >> CHUNK_BITS] as Int32Array
  }

  /**
   * Deliveries on the lane that can't use its thread now: turns that wait for something, and all
   * behind them.
   */
  get waiting(): number {
    return Atomics.load(this.#header, WAITING)
  }

  /** Written by the lane alone. */
  set waiting(deliveries: number) {
    Atomics.store(this.#header, WAITING, deliveries)
  }

  /**
   * The watch's time, by which the age of turns is measured. It stands still while nothing watches.
   */
  get tick(): number {
    return Atomics.load(this.#header, TICK)
  }

  /** Written by the router alone. */
  set tick(tick: number) {
    Atomics.store(this.#header, TICK, tick)
  }

  /** How often the lane's thread has returned to its event loop and reported it. */
  get beats(): number {
    return Atomics.load(this.#header, BEAT)
  }

  /** Lane: reports that its event loop runs. */
  beat(): void {
    Atomics.add(this.#header, BEAT, 1)
  }

  /** How much of the heap's limit was in use after the last full collection. */
  get heapPercent(): number {
    return Atomics.load(this.#header, HEAP)
  }

  /** Written by the lane alone. */
  set heapPercent(percent: number) {
    Atomics.store(this.#header, HEAP, percent)
  }

  /**
   * Lane: the turn of `slot` holds the thread now, from its handler's first line until the handler
   * returns or awaits.
   */
  enter(slot: number): void {
    Atomics.store(this.#header, CURRENT, slot + 1)
  }

  /** Lane: its thread is between two turns. */
  exit(): void {
    Atomics.store(this.#header, CURRENT, 0)
  }

  /** Router: the slot of the turn whose handler has neither returned nor awaited anything yet. */
  get current(): number | undefined {
    const code = Atomics.load(this.#header, CURRENT)
    return code === 0 ? undefined : code - 1
  }

  /** Lane: its thread leaves by itself, by an exit or an error. */
  leave(culprit: Culprit): void {
    if (culprit.kind === 'turn') Atomics.store(this.#header, CULPRIT, culprit.slot + 1)
    if (culprit.kind === 'past-turn') Atomics.store(this.#header, CULPRIT, OVER)
    Atomics.store(this.#header, LEFT, 1)
  }

  /** Router, after a death: whose code left. */
  get culprit(): Culprit {
    const code = Atomics.load(this.#header, CULPRIT)
    if (code === 0) return { kind: 'unknown' }
    return code === OVER ? { kind: 'past-turn' } : { kind: 'turn', slot: code - 1 }
  }

  /**
   * Whether the thread has left by itself; a thread that is ended from outside has no time to
   * report it.
   */
  get hasLeft(): boolean {
    return Atomics.load(this.#header, LEFT) === 1
  }
}

function newCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(CHUNK_CELLS * CELL * Int32Array.BYTES_PER_ELEMENT)
}

/** The place of a slot's cell in its chunk. */
function placeOf(slot: number): number {
  return (slot & (CHUNK_CELLS - 1)) * CELL
}

/** Blocks this thread for `ms` milliseconds. */
export function sleepHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms)
}
