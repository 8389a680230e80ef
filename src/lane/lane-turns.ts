/**
 * The turns of a lane, each from its start until its result leaves in a commit.
 *
 * Owns: which turns are under way and which have ended, and what their cells in shared memory show.
 * Does not own: when turns run and when results leave (the lane does), what a turn does (its run
 * does).
 * Invariants: D1, a key is released when its turn has ended, and changes that a later turn of the
 * key has seen are never taken back without that turn; D5, the pause before an attempt begins with
 * the commit that reports the one before.
 */
import { type FaultDoor, TurnMark } from '../agents/turn-context.ts'
import type { Counters } from '../wire/counters.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { KeyedNames, TurnNames } from '../wire/wire.ts'
import { type EndedRow, EndedTurns } from './ended-turns.ts'
import type { LaneAgent } from './lane-agents.ts'
import type { Mailboxes, Next } from './mailboxes.ts'
import { type TurnHost, TurnRun } from './turn-run.ts'
import { openWayToMain } from './way-to-main.ts'

/** A commit is posted after this many turns, or when the lane runs dry. */
const COMMIT_TURNS = 256

export class LaneTurns {
  readonly #mailboxes: Mailboxes
  readonly #counters: Counters
  readonly #running = new Map<number, TurnRun>()
  readonly #ended = new EndedTurns()

  constructor(mailboxes: Mailboxes, counters: Counters) {
    this.#mailboxes = mailboxes
    this.#counters = counters
    openWayToMain()
  }

  /** How many turns are under way. */
  get running(): number {
    return this.#running.size
  }

  /** How many turns have ended and are still here. */
  get ended(): number {
    return this.#ended.size
  }

  /** Whether ended turns must leave before more begin: there are enough for a commit. */
  get isFull(): boolean {
    return this.#ended.size >= COMMIT_TURNS
  }

  underWay(): TurnRun[] {
    return [...this.#running.values()]
  }

  hasEnded(run: TurnRun): boolean {
    return this.#ended.has(run)
  }

  open(
    lane: TurnHost & FaultDoor<TurnRun>,
    { mailbox, delivery }: Next,
    agent: LaneAgent,
  ): TurnRun {
    const run = new TurnRun(lane, delivery, mailbox, agent)
    run.mark = new TurnMark(lane, run)
    this.#counters.begin(delivery.slot)
    return run
  }

  /** Notes that a turn outlasts the call of its handler. */
  suspend(run: TurnRun): void {
    const { slot } = run.delivery
    this.#running.set(slot, run)
    this.#mailboxes.suspend(run.mailbox, slot)
  }

  /** Notes that a suspended turn is about to end. False: it has ended before. */
  resume(run: TurnRun): boolean {
    const { slot } = run.delivery
    if (this.#running.get(slot) !== run) return false
    this.#running.delete(slot)
    this.#mailboxes.resume(run.mailbox)
    return true
  }

  end(run: TurnRun): void {
    this.#ended.add(run)
    this.#counters.end(run.delivery.slot)
    this.#letGo(run)
  }

  /**
   * A turn that has succeeded fails after all. The turns that ran after it on its key saw its
   * changes, so they are undone as well, and go back to the head of the key. Returns the turns that
   * were undone.
   */
  revoke(run: TurnRun, error: unknown): TurnRun[] {
    const later = this.#ended.after(run)
    const running = this.#running.get(run.mailbox.suspended)
    if (running !== undefined && this.resume(running)) later.push(running)
    const undone = later
      .reverse()
      .filter((other) => other.undo())
      .reverse() // the last change is taken back first
    if (running?.outcome === 'cancelled') this.end(running)
    this.#ended.remove(undone)
    for (const other of undone) this.#free(other)
    run.revoke(error)
    this.#mailboxes.putBack(
      run.mailbox,
      undone.map(({ delivery }) => delivery),
    )
    this.#letGo(run)
    return undone
  }

  /** Those of the named turns that are under way. */
  of({ slots, sequences, attempts }: TurnNames): TurnRun[] {
    const isMeant = ({ delivery }: TurnRun, at: number) => {
      if (delivery.sequence !== sequences[at]) return false
      return attempts === undefined || delivery.attempt === attempts[at]
    }
    const runs: TurnRun[] = []
    for (const [at, slot] of slots.entries()) {
      const run = this.#running.get(slot)
      if (run !== undefined && isMeant(run, at)) runs.push(run)
    }
    return runs
  }

  /** Keeps those of the named turns that have ended from running again. */
  cancelEnded(names: TurnNames, reasonOf: (delivery: LaneDelivery) => string): void {
    for (const run of this.#ended.of(meantBy(names))) {
      run.stop.cancel(reasonOf(run.delivery))
      if (run.retryInMs === undefined) continue
      run.cancelRetry()
      this.#letGo(run)
    }
  }

  /** Ends the named deliveries whose turns have not begun. */
  takeOut(names: KeyedNames, why: 'cancelled' | 'expired'): void {
    for (const { slot } of this.#mailboxes.remove(names, meantBy(names))) {
      this.#ended.addUnbegun(slot, why)
    }
  }

  /** All rows that leave now. The pauses that they report begin. */
  take(): EndedRow[] {
    const rows = this.#ended.take()
    for (const row of rows) {
      if (row.kind === 'unbegun' || row.run.retryInMs === undefined) continue
      const { mailbox, delivery, retryInMs } = row.run
      const { attempt, failures } = delivery
      const again = { ...delivery, attempt: attempt + 1, failures: failures + 1 }
      this.#mailboxes.pause(mailbox, again, retryInMs)
    }
    return rows
  }

  /** The rows have left: nothing changes their turns any more. */
  left(rows: readonly EndedRow[]): void {
    for (const row of rows) {
      if (row.kind === 'unbegun') continue
      this.#free(row.run)
      this.#mailboxes.tidy(row.run.mailbox)
    }
  }

  #letGo({ mailbox, retryInMs }: TurnRun): void {
    if (retryInMs === undefined) this.#mailboxes.release(mailbox)
    else this.#mailboxes.holdForPause(mailbox)
  }

  #free({ delivery, mark }: TurnRun): void {
    if (mark !== undefined) mark.run = undefined
    this.#counters.free(delivery.slot)
  }
}

function meantBy({ slots, sequences }: TurnNames): (delivery: LaneDelivery) => boolean {
  const sequenceOf = new Map(slots.map((slot, at) => [slot, sequences[at]]))
  return ({ slot, sequence }) => sequenceOf.get(slot) === sequence
}
