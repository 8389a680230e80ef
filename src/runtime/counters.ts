/**
 * A lane's shared memory: what must be seen without a message. It holds no truth; the ledger does.
 *
 * One cell for each turn that a lane can have running. A cell holds the turn's slot + 1 while it
 * runs, minus that once it is cancelled, 0 when it is free. A slot is not given out again before the router
 * has taken in its commit, so a cell can't be mistaken for another turn's.
 */
const WAITING = 0
const CANCELS = 1
const HEADER = 4

export class Counters {
  readonly buffer: SharedArrayBuffer
  readonly #cells: Int32Array

  /** `turns`: how many turns the lane may have running at once. */
  static create(turns: number): Counters {
    return new Counters(new SharedArrayBuffer((HEADER + turns) * Int32Array.BYTES_PER_ELEMENT))
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#cells = new Int32Array(buffer)
  }

  get turns(): number {
    return this.#cells.length - HEADER
  }

  /** Lane: a turn has begun in `cell`. Without a free cell (-1) a turn runs unseen: it can't be cut short, nor suspected. */
  begin(cell: number, slot: number): void {
    if (cell < 0) return
    // Before the handler's first instruction: a death inside it must find the turn begun.
    Atomics.store(this.#cells, HEADER + cell, slot + 1)
  }

  /** Lane: the turn of `cell` has ended. */
  end(cell: number): void {
    if (cell < 0) return
    // After the result is in the commit buffer; a death from here on is nobody's fault.
    Atomics.store(this.#cells, HEADER + cell, 0)
  }

  /** Lane: whether the turn of `cell` is to stop. */
  isCancelled(cell: number): boolean {
    return cell >= 0 && Atomics.load(this.#cells, HEADER + cell) < 0
  }

  /** How many deliveries the router has ever cancelled here: ahead of what the lane has read, it must read on before it begins a turn. */
  get cancels(): number {
    return Atomics.load(this.#cells, CANCELS)
  }

  /** Router: asks the turn of `slot` to stop, if it runs now. A record that says the same follows. */
  cancel(slot: number): void {
    Atomics.add(this.#cells, CANCELS, 1)
    for (let at = HEADER; at < this.#cells.length; at++) {
      // Compared and exchanged in one step: the turn may end, and the cell be taken by another, at any moment.
      if (Atomics.compareExchange(this.#cells, at, slot + 1, -slot - 1) === slot + 1) return
    }
  }

  /** Router, after a death: the slots of the turns that were running. */
  running(): number[] {
    const slots: number[] = []
    for (let at = HEADER; at < this.#cells.length; at++) {
      const cell = Atomics.load(this.#cells, at)
      if (cell !== 0) slots.push(Math.abs(cell) - 1)
    }
    return slots
  }

  /** Deliveries on the lane that can't use its thread now: turns that wait for something, and all behind them. */
  get waiting(): number {
    return Atomics.load(this.#cells, WAITING)
  }

  /** Lane alone writes it. */
  set waiting(deliveries: number) {
    Atomics.store(this.#cells, WAITING, deliveries)
  }
}
