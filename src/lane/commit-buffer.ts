/**
 * What a lane's ended turns did and has not been posted yet: the columns of the next commit record.
 */
import { type ErrorRecord, errorToRecord } from '../errors.ts'
import type { StateChange } from '../state/live-state.ts'
import type { NameWriter } from '../wire/names.ts'
import {
  type ChangeColumns,
  COPIED,
  type CommitRecord,
  type OutboxColumns,
  TEXT,
  TO_SELF,
  type TurnFailure,
} from '../wire/wire.ts'
import type { EndedRow } from './ended-turns.ts'
import type { Outgoing } from './turn-frame.ts'
import type { TurnRun } from './turn-run.ts'

const FORM_FLAGS = { text: TEXT, frozen: 0, copied: COPIED }

export class CommitBuffer {
  readonly #names: NameWriter
  #next = emptyColumns()

  constructor(names: NameWriter) {
    this.#names = names
  }

  add(ended: EndedRow, timed: boolean): void {
    if (ended.kind === 'unbegun') this.#addUnbegun(ended.slot, ended.why, timed)
    else this.#addTurn(ended.run, timed)
  }

  #addTurn(run: TurnRun, timed: boolean): void {
    const next = this.#next
    const row = next.slots.length
    next.slots.push(run.delivery.slot)
    if (timed) next.times.push(run.begunAt, run.endedAt)
    if (run.outcome === 'handled') this.#addResult(row, run)
    else next.failures.push(failureOf(row, run))
  }

  #addUnbegun(slot: number, kind: 'cancelled' | 'expired', timed: boolean): void {
    const next = this.#next
    const row = next.slots.length
    next.slots.push(slot)
    if (timed) next.times.push(0, 0)
    next.failures.push(kind === 'expired' ? { kind, row } : { kind, row, begun: false })
  }

  /** The record to post; undefined when nothing waits. */
  take(busyMs: () => number): CommitRecord | undefined {
    const next = this.#next
    if (next.slots.length === 0) return undefined
    this.#next = emptyColumns()
    const slots = new Int32Array(next.slots)
    return { ...next, slots, names: this.#names.takeFresh(), busyMs: busyMs() }
  }

  #addResult(row: number, run: TurnRun): void {
    for (const change of run.changes) this.#addChange(row, run, change)
    for (const outgoing of run.root.outbox ?? []) this.#addOutgoing(row, run, outgoing)
    if (run.delivery.topicType === '') this.#next.replies.push({ row, value: run.reply })
  }

  #addChange(row: number, run: TurnRun, { state, field, value }: StateChange): void {
    this.#next.changes ??= { rows: [], agents: [], fields: [], values: [] }
    const { changes } = this.#next
    changes.rows.push(row)
    changes.agents.push(state.agent === run.root.agent.type ? 0 : this.#names.ref(state.agent))
    changes.fields.push(field)
    changes.values.push(value)
  }

  #addOutgoing(
    row: number,
    run: TurnRun,
    { sender, message, topic, toSelf, ttlMs }: Outgoing,
  ): void {
    this.#next.outbox ??= emptyOutbox()
    const { outbox } = this.#next
    outbox.rows.push(row)
    outbox.senders.push(sender === run.root.agent.type ? 0 : this.#names.ref(sender))
    outbox.messages.push(this.#names.ref(message.name))
    const ownTopic = topic === undefined || topic.type === message.name
    outbox.topicTypes.push(ownTopic ? 0 : this.#names.ref(topic.type))
    const ownSource = topic === undefined || topic.source === run.delivery.key
    outbox.topicSources.push(ownSource ? 0 : topic.source)
    outbox.payloads.push(message.sealed)
    if (message.form !== 'text') outbox.form = 'cloned'
    outbox.bytes.push(message.bytes)
    if (ttlMs > 0) outbox.ttls ??= outbox.flags.map(() => 0)
    outbox.ttls?.push(ttlMs)
    outbox.flags.push((toSelf ? TO_SELF : 0) + FORM_FLAGS[message.form])
  }
}

type Column<T> = T extends readonly (infer V)[] ? V[] : T
type Columns<T> = { -readonly [C in keyof T]: Column<T[C]> }

/**
 * A commit record under construction. Parts that most commits lack are made when they are needed.
 */
interface Next extends Columns<Pick<CommitRecord, 'kind' | 'failures' | 'times' | 'replies'>> {
  readonly slots: number[]
  changes: Columns<ChangeColumns> | undefined
  outbox: Columns<OutboxColumns> | undefined
}

function emptyColumns(): Next {
  return {
    kind: 'commit',
    slots: [],
    failures: [],
    times: [],
    changes: undefined,
    outbox: undefined,
    replies: [],
  }
}

function emptyOutbox(): Columns<OutboxColumns> {
  return {
    rows: [],
    senders: [],
    messages: [],
    topicTypes: [],
    topicSources: [],
    payloads: [],
    form: 'text',
    bytes: [],
    ttls: undefined,
    flags: [],
  }
}

/**
 * The error of a failed turn. If the decision to try it again failed too, a remark on that is
 * added.
 */
function withRemark(error: ErrorRecord, { undecided, root, delivery }: TurnRun): ErrorRecord {
  if (undecided === undefined) return error
  const where = `in the retry policy of agent ${root.agent.type} on '${delivery.message}'`
  return { ...error, message: `${error.message}; not tried again: 'unless' ${where}: ${undecided}` }
}

function failureOf(row: number, run: TurnRun): TurnFailure {
  switch (run.outcome) {
    case 'cancelled':
      return { kind: 'cancelled', row, begun: true }
    case 'unhandled':
      return { kind: 'unhandled', row, error: errorToRecord(run.error) }
    default: {
      const error = withRemark(errorToRecord(run.error), run)
      if (run.retryInMs === undefined) return { kind: 'failed', row, error }
      return { kind: 'retried', row, error, delayMs: run.retryInMs }
    }
  }
}
