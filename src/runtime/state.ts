/**
 * The state of one agent id on its lane: committed text, decoded field by field when a turn reaches
 * for it, and encoded again, where it changed, when the turn ends.
 *
 * Owns: the decoded values, and which of them a turn has touched.
 * Does not own: the truth of the committed text. The router has that; what is here is a cache of it (D6).
 * Invariants: D3, no value leaves except through a turn; D5, `discard` and `revert` leave no trace of a failed turn.
 */
import { HeddleError, problemOf } from '../errors.ts'
import { decode, type Encoded, encode, encodeJson } from './encoding.ts'
import { Entries, isKeyed, type KeyedField, type KeyedState, TurnEntries } from './keyed-state.ts'
import { StateAccess } from './state-access.ts'

/** What a turn sees of the state fields that a definition declares. */
export type StateOf<Fields> = {
  -readonly [F in keyof Fields]: Fields[F] extends KeyedField<infer V> ? KeyedState<V> : Fields[F]
}

/** One changed field, or entry of a keyed field (`field` + `\0` + key). A `null` deletes the entry. */
export interface StateChange {
  readonly state: LiveState
  readonly field: string
  readonly value: Encoded | null
  readonly before: Encoded | null
}

/** Committed state as it is stored and sent: field names and texts in turn. */
export type StoredFields = Iterable<readonly [field: string, value: Encoded]>

const ENTRY = '\0'
const UNREAD = Symbol('unread')

type ViewClass = new (state: LiveState, access: StateAccess) => object

/** The fields that a definition declares, and how to make live states of them. */
export class StateShape {
  readonly agent: string
  readonly plain: readonly string[]
  readonly initial: readonly Encoded[]
  readonly keyed: readonly string[]
  readonly entryKinds: readonly KeyedField<never>['entries'][]
  readonly View: ViewClass

  /** Throws HEDDLE_STATE_NOT_PLAIN when an initial value can't be kept. */
  constructor(agent: string, fields: Readonly<Record<string, unknown>>) {
    this.agent = agent
    const names = Object.keys(fields)
    this.plain = names.filter((name) => !isKeyed(fields[name]))
    this.keyed = names.filter((name) => isKeyed(fields[name]))
    this.entryKinds = Object.values(fields).flatMap((field) =>
      isKeyed(field) ? field.entries : [],
    )
    this.initial = this.plain.map((name) => this.encode(name, fields[name]))
    this.View = viewClass(this.plain, this.keyed)
  }

  encode(field: string, value: unknown, as = encode): Encoded {
    try {
      return as(value)
    } catch (error) {
      const fields = { agent: this.agent, field, problem: problemOf(error) }
      throw new HeddleError('HEDDLE_STATE_NOT_PLAIN', fields, { cause: error })
    }
  }
}

export class LiveState {
  /** The agent type that it belongs to. */
  readonly agent: string
  /** What the present turn's `turn.state` is; between turns there is none, so that an idle key holds as little as can be. */
  view: object | undefined
  #access: StateAccess | undefined
  /** True once a commit has carried some of it: only then is there something to keep alive. */
  stored = false
  readonly #shape: StateShape
  readonly #committed: Encoded[]
  readonly #values: unknown[]
  readonly #touched: number[] = []
  readonly #written: number[] = []
  readonly #keyed: Entries[]

  constructor(agent: string, shape: StateShape, stored?: StoredFields) {
    this.agent = agent
    this.#shape = shape
    this.#committed = shape.initial.slice()
    this.#values = shape.initial.map(() => UNREAD)
    this.#keyed = shape.entryKinds.map((kind) => new Entries(kind))
    if (stored === undefined) return
    this.stored = true
    for (const [field, value] of stored) this.#restore(field, value)
  }

  /** A turn reaches for it: it gets a view of its own, since an earlier turn may have kept its. */
  open(): object {
    this.close()
    const access = new StateAccess(this.agent)
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
      value = decode(this.#committed[index] as Encoded)
      this.#values[index] = value
    }
    if (typeof value === 'object' && value !== null) this.#touch(index) // may be changed in place
    return value
  }

  write(index: number, value: unknown): void {
    this.#values[index] = value
    this.#touch(index)
    if (typeof value === 'object' && value !== null) this.#written.push(index)
  }

  entries(index: number): Entries {
    return this.#keyed[index] as Entries
  }

  /** Encodes what was touched; adds to `changes` what differs. Throws HEDDLE_STATE_NOT_PLAIN. */
  collect(changes: StateChange[]): void {
    const shape = this.#shape
    for (const index of this.#touched) {
      const field = shape.plain[index] as string
      const value = shape.encode(field, this.#values[index])
      const before = this.#committed[index] as Encoded
      if (value === before) continue
      changes.push({ state: this, field, value, before })
      this.#committed[index] = value
    }
    this.#touched.length = 0
    this.#forgetWritten()
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
    this.#forgetWritten()
    for (const entries of this.#keyed) entries.discard()
  }

  /** Takes back one collected change. Changes are taken back last first. */
  revert(change: StateChange): void {
    this.#restore(change.field, change.before)
  }

  /** An object that a handler assigned may be shared with a message, or frozen: the next turn gets its own. */
  #forgetWritten(): void {
    for (const index of this.#written) this.#values[index] = UNREAD
    this.#written.length = 0
  }

  #touch(index: number): void {
    if (!this.#touched.includes(index)) this.#touched.push(index)
  }

  #restore(field: string, encoded: Encoded | null): void {
    const at = field.indexOf(ENTRY)
    if (at >= 0) {
      const entries = this.#keyed[this.#shape.keyed.indexOf(field.slice(0, at))]
      entries?.restore(field.slice(at + 1), encoded)
      return
    }
    const index = this.#shape.plain.indexOf(field)
    if (index < 0 || encoded === null) return // a field that the definition no longer has
    this.#committed[index] = encoded
    this.#values[index] = UNREAD
  }
}

/** A class whose instances have one property for each field, and take no other: a misspelt field is an error. */
function viewClass(plain: readonly string[], keyedFields: readonly string[]): ViewClass {
  class View {
    readonly #state: LiveState
    readonly #access: StateAccess

    constructor(state: LiveState, access: StateAccess) {
      this.#state = state
      this.#access = access
      Object.preventExtensions(this)
    }

    static plain(index: number): PropertyDescriptor & ThisType<View> {
      return {
        enumerable: true,
        get() {
          return this.#open.read(index)
        },
        set(value: unknown) {
          this.#open.write(index, value)
        },
      }
    }

    static keyed(index: number): PropertyDescriptor & ThisType<View> {
      return {
        enumerable: true,
        get() {
          return new TurnEntries(this.#open.entries(index), this.#access)
        },
      }
    }

    get #open(): LiveState {
      this.#access.assertOpen()
      return this.#state
    }
  }
  for (const [index, field] of plain.entries()) {
    Object.defineProperty(View.prototype, field, View.plain(index))
  }
  for (const [index, field] of keyedFields.entries()) {
    Object.defineProperty(View.prototype, field, View.keyed(index))
  }
  return View
}
