/**
 * What an agent has committed, read where its lane is not: from the text that the router keeps. No
 * turn runs, so a reader waits for nothing; it sees what the last commit left.
 */
import { decode, type Encoded } from './encoding.ts'
import { ENTRY } from './live-state.ts'

export class CommittedState {
  readonly #fields: ReadonlyMap<string, Encoded>

  constructor(fields: ReadonlyMap<string, Encoded> = new Map()) {
    this.#fields = fields
  }

  /** A copy of a field's value. Undefined: the field is what it was initially. */
  field(name: string): unknown {
    return this.#decode(name)
  }

  /** A copy of one entry of a keyed field. */
  entry(field: string, key: string): unknown {
    return this.#decode(field + ENTRY + key)
  }

  #decode(name: string): unknown {
    const encoded = this.#fields.get(name)
    return encoded === undefined ? undefined : decode(encoded)
  }
}
