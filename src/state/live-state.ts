/**
 * The state of one agent id on its lane: committed text that is decoded field by field when a turn
 * first uses a field, and encoded again, where it changed, when the turn ends.
 *
 * Owns: the decoded values, and which of them a turn has touched.
 * Does not own: the truth of the committed text. The router has that; this is a cache of it (D6).
 * Invariants: D3, no value leaves except through a turn, and no two turns get the same object; D5,
 * `discard` and `revert` leave no trace of a failed turn.
 */
import type { AgentId } from '../ids/agent-id.ts'
import { type Encoded, encode, encodeJson, kindOfText, OTHER_KIND } from './encoding.ts'
import { Entries } from './entries.ts'
import { StateAccess } from './state-access.ts'
import type { StateShape } from './state-shape.ts'

/**
 * One changed field, or entry of a keyed field (`field` + `\0` + key). A `null` deletes it: a field
 * is then what it was initially.
 */
export interface StateChange {
  readonly state: LiveState
  readonly field: string
  readonly value: Encoded | null
  readonly before: Encoded | null
}

/** Committed state as it is stored and sent: field names and texts in turn. */
export type StoredFields = Iterable<readonly [field: string, value: Encoded]>

/** Between the name of a keyed field and the key of an entry. */
export const ENTRY = '\0'
const UNREAD = Symbol('unread')

export class LiveState {
  /** The agent type that it belongs to. */
  readonly agent: string
  /**
   * What the present turn's `turn.state` is; between turns there is none, so that an idle key holds
   * as little as can be.
   */
  view: object | undefined
  #access: StateAccess | undefined
  readonly #shape: StateShape
  readonly #committed: Encoded[]
  readonly #values: unknown[]
  readonly #touched: number[] = []
  /**
   * Fields whose committed text is that of another definition, which had the other one of plain and
   * keyed.
   */
  #changed: Set<string> | undefined
  readonly #keyed: Entries[]

  constructor(agent: string, shape: StateShape, stored?: StoredFields) {
    this.agent = agent
    this.#shape = shape
    this.#committed = shape.initial.slice()
    this.#values = shape.initial.map(() => UNREAD)
    this.#keyed = shape.entryKinds.map((kind) => new Entries(kind))
    for (const [field, value] of stored ?? []) this.#restore(field, value)
  }

  /** Whether it is what a state without anything committed would be. */
  get isInitial(): boolean {
    const { initial } = this.#shape
    return (
      this.#changed === undefined &&
      this.#committed.every((encoded, index) => encoded === initial[index]) &&
      this.#keyed.every((entries) => entries.size === 0)
    )
  }

  /** A turn reaches for it: it gets a view of its own, since an earlier turn may have kept its. */
  open(id: AgentId): object {
    this.close()
    const access = new StateAccess(id)
    const view = new this.#shape.View(this, access)
    this.#access = access
    this.view = view
    return view
  }

  /** The turn has ended. */
  close(): void {
    if (this.#access === undefined) return
    this.#access.isOpen = false
    this.#access = undefined
    this.view = undefined
  }

  read(index: number): unknown {
    let value = this.#values[index]
    if (value === UNREAD) {
      if (this.#changed !== undefined) this.#assertUnchanged(this.#shape.plain[index] as string)
      value = this.#shape.decodeField(index, this.#committed[index] as Encoded)
      this.#values[index] = value
    }
    if (typeof value === 'object' && value !== null) this.#touch(index) // may be changed in place
    return value
  }

  write(index: number, value: unknown): void {
    if (this.#values[index] === UNREAD) this.#assertReadable(index)
    this.#values[index] = value
    this.#touch(index)
  }

  entries(index: number): Entries {
    if (this.#changed !== undefined) this.#assertUnchanged(this.#shape.keyed[index] as string)
    return this.#keyed[index] as Entries
  }

  /** Encodes what was touched; adds to `changes` what differs. Throws HEDDLE_STATE_NOT_PLAIN. */
  collect(changes: StateChange[]): void {
    const shape = this.#shape
    for (const index of this.#touched) {
      const field = shape.plain[index] as string
      const value = shape.encodeField(index, this.#values[index])
      const before = this.#committed[index] as Encoded
      if (value === before) continue
      const isInitial = value === shape.initial[index]
      changes.push({ state: this, field, value: isInitial ? null : value, before })
      this.#committed[index] = value
    }
    for (const index of this.#touched) this.#letGo(index)
    this.#touched.length = 0
    if (this.#keyed.length > 0) this.#collectEntries(changes)
  }

  #collectEntries(changes: StateChange[]): void {
    const shape = this.#shape
    for (const [index, entries] of this.#keyed.entries()) {
      const field = shape.keyed[index] as string
      const as = entries.kind === 'frozen' ? encodeJson : encode
      entries.collect(
        (value, key) => shape.encode(`${field}.${key}`, value, as),
        (key, value, before) => {
          changes.push({ state: this, field: field + ENTRY + key, value, before })
        },
      )
    }
  }

  /** Forgets what was touched since the last `collect`. */
  discard(): void {
    for (const index of this.#touched) this.#values[index] = UNREAD
    this.#touched.length = 0
    for (const entries of this.#keyed) entries.discard()
  }

  /** Takes back one collected change. Changes are taken back last first. */
  revert(change: StateChange): void {
    this.#restore(change.field, change.before)
  }

  /**
   * A handler has had its hands on the object, and may keep them there: the next turn decodes one
   * of its own (D3).
   */
  #letGo(index: number): void {
    if (typeof this.#values[index] === 'object') this.#values[index] = UNREAD
  }

  /**
   * Throws HEDDLE_STATE_CHANGED where a field is about to be overwritten that was saved as
   * something else.
   */
  #assertReadable(index: number): void {
    if (this.#changed !== undefined) this.#assertUnchanged(this.#shape.plain[index] as string)
    const encoded = this.#committed[index] as Encoded
    if (encoded === this.#shape.initial[index] || encoded.startsWith(OTHER_KIND)) return
    const kind = kindOfText(encoded)
    if (kind === undefined) this.#shape.decodeField(index, encoded)
    else this.#shape.assertFits(index, kind)
  }

  #assertUnchanged(field: string): void {
    if (this.#changed?.has(field) !== true) return
    const isKeyed = this.#shape.keyed.includes(field)
    const problem = isKeyed
      ? 'it was a plain field, and is keyed now'
      : 'it was keyed, and is a plain field now'
    throw this.#shape.changed(field, problem)
  }

  #touch(index: number): void {
    if (!this.#touched.includes(index)) this.#touched.push(index)
  }

  #restore(field: string, encoded: Encoded | null): void {
    const { plain, keyed, initial } = this.#shape
    const at = field.indexOf(ENTRY)
    const name = at < 0 ? field : field.slice(0, at)
    const index = plain.indexOf(name)
    const entries = this.#keyed[keyed.indexOf(name)]
    if (at >= 0 ? index >= 0 : entries !== undefined) {
      this.#changed ??= new Set()
      this.#changed.add(name)
    } else if (at >= 0) entries?.restore(field.slice(at + 1), encoded)
    else if (index >= 0) {
      this.#committed[index] = encoded ?? (initial[index] as Encoded)
      this.#values[index] = UNREAD
    } // else a field that the definition no longer has
  }
}
