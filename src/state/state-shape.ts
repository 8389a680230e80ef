/** The fields of an agent's state and their initial values. */
import { HeddleError, problemOf } from '../errors.ts'
import {
  decode,
  type Encoded,
  encode,
  kindOfValue,
  OTHER_KIND,
  type ValueKind,
} from './encoding.ts'
import { isKeyed, type KeyedField, type KeyedState } from './keyed-state.ts'
import { type ViewClass, viewClass } from './state-view.ts'

/** The state that a turn sees, by the fields that a definition declares. */
export type StateOf<Fields> = {
  -readonly [F in keyof Fields]: Fields[F] extends KeyedField<infer V> ? KeyedState<V> : Fields[F]
}

/** The fields that a definition declares, and how to make live states from them. */
export class StateShape {
  readonly agent: string
  readonly plain: readonly string[]
  readonly initial: readonly Encoded[]
  readonly kinds: readonly ValueKind[]
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
    this.kinds = this.plain.map((name) => kindOfValue(fields[name]))
    this.View = viewClass(this.plain, this.keyed)
  }

  /** A plain field's value as text. */
  encodeField(index: number, value: unknown): Encoded {
    const encoded = this.encode(this.plain[index] as string, value)
    return kindOfValue(value) === this.kinds[index] ? encoded : OTHER_KIND + encoded
  }

  decodeField(index: number, encoded: Encoded): unknown {
    const value = decode(encoded)
    if (!encoded.startsWith(OTHER_KIND)) this.assertFits(index, kindOfValue(value))
    return value
  }

  /** Throws HEDDLE_STATE_CHANGED. */
  assertFits(index: number, kind: ValueKind): void {
    const now = this.kinds[index] as ValueKind
    if (kind === now || now === 'nothing') return
    throw this.changed(this.plain[index] as string, `it was ${kind}, and is ${now} now`)
  }

  changed(field: string, problem: string): HeddleError {
    return new HeddleError('HEDDLE_STATE_CHANGED', { agent: this.agent, field, problem })
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
