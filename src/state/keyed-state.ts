/**
 * A keyed state field: its entries are decoded and encoded one by one, so that the field can grow
 * without each turn paying for all of it.
 */
import type { DeepReadonly } from '../messages/message.ts'
import { checkOptions, invalidOption, namesOf } from '../option-check.ts'

/**
 * Marks a state field that is kept entry by entry: only the entries that a turn touches are copied.
 */
export interface KeyedField<V> {
  readonly kind: 'keyed'
  /**
   * `changeable`: an entry that was read may be changed in place, so it is encoded again when the
   * turn ends. `frozen`: it stays as it was committed.
   */
  readonly entries: 'changeable' | 'frozen'
  /** For the compiler alone: never set. */
  readonly '~value'?: V
}

export type EntryKind = KeyedField<never>['entries']

/**
 * A keyed state field, as a turn sees it. An entry that `get` returned may be changed in place,
 * unless entries are frozen. A key that is not a string throws HEDDLE_STATE_NOT_PLAIN.
 */
export interface KeyedState<V> {
  /** The entry, or `undefined`. */
  get(key: string): V | undefined
  /** Adds the entry, or replaces it. */
  set(key: string, value: V): void
  /** Whether there is an entry; does not decode it. */
  has(key: string): boolean
  /** Removes the entry. Returns whether there was one. */
  delete(key: string): boolean
  /** In the order in which they were first set. */
  keys(): IterableIterator<string>
  /** In the order in which they were first set. */
  entries(): IterableIterator<[string, V]>
  readonly size: number
}

const KEYED = Object.freeze({ kind: 'keyed', entries: 'changeable' })
const FROZEN = Object.freeze({ kind: 'keyed', entries: 'frozen' })
const NAMES = namesOf<{ readonly entries?: EntryKind }>({ entries: true })

/**
 * A state field with an entry for each key, for data that grows: a plain field is encoded whole
 * when it changes. `frozen` entries can be replaced but not changed in place: a turn pays only for
 * the entries that it sets, and reading costs nothing. Use them for data that is written once, like
 * a log. They must be data that JSON carries, or the turn fails with HEDDLE_STATE_NOT_PLAIN.
 * Default: `changeable`. Throws HEDDLE_INVALID_OPTION.
 */
export function keyed<V>(options?: { readonly entries: 'changeable' }): KeyedField<V>
export function keyed<V>(options: { readonly entries: 'frozen' }): KeyedField<DeepReadonly<V>>
export function keyed<V>(options: { readonly entries?: EntryKind } = {}): KeyedField<V> {
  const { entries = 'changeable' } = checkOptions(options, NAMES)
  if (entries === 'frozen') return FROZEN
  if (entries === 'changeable') return KEYED
  throw invalidOption('entries', entries, "'changeable' or 'frozen'")
}

export function isKeyed(field: unknown): field is KeyedField<unknown> {
  return field === KEYED || field === FROZEN
}
