import type { SendOptions } from '../../agents/turn.ts'
import { checkWait, SEND_OPTIONS } from '../../agents/turn-options.ts'
import type { TopicId } from '../../ids/topic-id.ts'
import { checkMs, checkOptions, invalidOption, namesOf } from '../../option-check.ts'

/** What a publish from outside can be told. */
export interface OutsideOptions {
  /**
   * A name of your own for this call: while it is remembered (`idWindow`), the same call with the
   * same id is no new delivery, and gets what came of the first. It belongs to the call, the
   * message and its target; with another payload it is refused with HEDDLE_ID_REUSED. For callers
   * that may call twice. Default: none.
   */
  readonly id?: string
  /**
   * Milliseconds within which its turns are to begin; later, they become dead letters. Default: any
   * time.
   */
  readonly ttlMs?: number
  /**
   * Ends the wait for room with HEDDLE_CANCELLED: then nothing was accepted. Once the message is
   * accepted it has no effect. Default: none.
   */
  readonly signal?: AbortSignal
}

const KNOWN = {
  publish: namesOf<OutsideOptions>({ id: true, ttlMs: true, signal: true }),
  send: ['id', ...SEND_OPTIONS],
  run: ['signal'],
}

/** The options as they are now. Throws HEDDLE_INVALID_OPTION. */
export function checkOutside(
  call: keyof typeof KNOWN,
  options: OutsideOptions & SendOptions,
): OutsideOptions & SendOptions {
  const own = checkOptions(options, KNOWN[call])
  const { id, ttlMs } = own
  if (id !== undefined && (typeof id !== 'string' || id === '')) {
    throw invalidOption('id', id, 'a non-empty string')
  }
  if (ttlMs !== undefined) checkMs('ttlMs', ttlMs)
  checkWait(own)
  return own
}

export function topicText({ type, source }: TopicId): string {
  return `${type}/${source}`
}
