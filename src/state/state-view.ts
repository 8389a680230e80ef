/**
 * `turn.state` as an object: its reads and writes go to the live state, as long as the turn is
 * open.
 */
import { inspect } from 'node:util'
import { CLOSED, type Entries, TurnEntries } from './entries.ts'
import type { StateAccess } from './state-access.ts'

/** What a view shows: fields by their place among the plain ones, or among the keyed ones. */
export interface ShownState {
  read(index: number): unknown
  write(index: number, value: unknown): void
  entries(index: number): Entries
}

export type ViewClass = new (state: ShownState, access: StateAccess) => object

/**
 * A class whose instances have one property for each field, and take no other: a misspelt field is
 * an error. The properties are the instance's own, so that spreading it, `Object.keys` and
 * `JSON.stringify` see the fields.
 */
export function viewClass(plain: readonly string[], keyedFields: readonly string[]): ViewClass {
  const properties: [field: string, descriptor: PropertyDescriptor][] = []
  class View {
    readonly #state: ShownState
    readonly #access: StateAccess

    constructor(state: ShownState, access: StateAccess) {
      this.#state = state
      this.#access = access
      for (const [field, descriptor] of properties) Object.defineProperty(this, field, descriptor)
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

    static keyed(index: number, field: string): PropertyDescriptor & ThisType<View> {
      return {
        enumerable: true,
        get() {
          return new TurnEntries(field, this.#open.entries(index), this.#access)
        },
      }
    }

    [inspect.custom](): unknown {
      return this.#access.isOpen ? { ...this } : CLOSED
    }

    get #open(): ShownState {
      this.#access.assertOpen()
      return this.#state
    }
  }
  for (const [index, field] of plain.entries()) properties.push([field, View.plain(index)])
  for (const [index, field] of keyedFields.entries())
    properties.push([field, View.keyed(index, field)])
  return View
}
