/** The options of calls from outside, and their check. */
import type { SendOptions } from '../../agents/turn.ts'
import { checkWait, SEND_OPTIONS } from '../../agents/turn-options.ts'
import type { TopicId } from '../../ids/topic-id.ts'
import { checkMs, checkOptions, invalidOption, namesOf } from '../../option-check.ts'

/** The options of a publish from outside. */
export interface OutsideOptions {
  /**
   * An id that you choose for this call. While it is remembered (`idWindow`), the same call with
   * the same id makes no new delivery, and gets the outcome of the first. The id belongs to the
   * call, the message and its target; with another payload it is refused with HEDDLE_ID_REUSED. For
   * callers that may call twice. Default: none.
   */
  readonly id?: string
  /**
   * Milliseconds within which its turns must begin; deliveries whose turns have not begun by then
   * become dead letters. Default: no limit.
   */
  readonly ttlMs?: number
  /**
   * Ends the wait for room with HEDDLE_CANCELLED; nothing was accepted then. Once the message is
   * accepted, the signal has no effect. Default: none.
   */
  readonly signal?: AbortSignal
}

const KNOWN = {
  publish: namesOf<OutsideOptions>({ id: true, ttlMs: true, signal: true }),
  send: ['id', ...SEND_OPTIONS],
  run: ['signal'],
}

/** A checked copy of the options. Throws HEDDLE_INVALID_OPTION. */
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
