/**
 * Turns of a lane that have ended, until their results leave it in a commit.
 *
 * Owns: their order.
 * Invariant: D5, a result stays here until the outcome of all that its turn began in the same step
 * of the event loop is known: until then it can be taken back.
 */
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { TurnRun } from './turn-run.ts'

/** One row of the next commit. */
export type EndedRow =
  | { readonly kind: 'turn'; readonly run: TurnRun }
  /** A delivery whose turn must not begin any more. */
  | { readonly kind: 'unbegun'; readonly slot: number; readonly why: 'cancelled' | 'expired' }

export class EndedTurns {
  #rows: EndedRow[] = []

  get size(): number {
    return this.#rows.length
  }

  add(run: TurnRun): void {
    this.#rows.push({ kind: 'turn', run })
  }

  addUnbegun(slot: number, why: 'cancelled' | 'expired'): void {
    this.#rows.push({ kind: 'unbegun', slot, why })
  }

  has(run: TurnRun): boolean {
    return this.#rows.some((row) => row.kind === 'turn' && row.run === run)
  }

  /** The ended turns of these deliveries. */
  of(isMeant: (delivery: LaneDelivery) => boolean): TurnRun[] {
    return this.#rows.flatMap((row) => {
      return row.kind === 'turn' && isMeant(row.run.delivery) ? [row.run] : []
    })
  }

  /** The turns of the same key that ended after this one, oldest first: they saw its changes. */
  after({ mailbox, delivery }: TurnRun): TurnRun[] {
    const ofKey = this.#rows.flatMap((row) => {
      return row.kind === 'turn' && row.run.mailbox === mailbox ? [row.run] : []
    })
    return ofKey.slice(ofKey.findIndex((run) => run.delivery === delivery) + 1)
  }

  /** Removes turns that will run again: no result of theirs leaves. */
  remove(runs: readonly TurnRun[]): void {
    this.#rows = this.#rows.filter((row) => row.kind !== 'turn' || !runs.includes(row.run))
  }

  /** All rows that leave now. */
  take(): EndedRow[] {
    const rows = this.#rows
    if (rows.length > 0) this.#rows = []
    return rows
  }
}
