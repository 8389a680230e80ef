import { checkMs, invalidOption } from './options.ts'

/** What a publish from outside can be told. */
export interface OutsideOptions {
  /**
   * A name of your own for this message: while it is remembered (`idWindow`), the same id again is no new delivery, and gets what
   * came of the first. For callers that may call twice. Default: none.
   */
  readonly id?: string
  /** Milliseconds within which its turns are to begin; later, they become dead letters. Default: any time. */
  readonly ttlMs?: number
}

/** Throws HEDDLE_INVALID_OPTION. */
export function checkOutside({ id, ttlMs }: OutsideOptions): void {
  if (id !== undefined && (typeof id !== 'string' || id === '')) {
    throw invalidOption('id', id, 'a text')
  }
  if (ttlMs !== undefined) checkMs('ttlMs', ttlMs)
}
