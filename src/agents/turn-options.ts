/** The options of a turn's calls, by name. */

import { checkMs, checkOptions, invalidOption, namesOf } from '../option-check.ts'
import { isSignal } from '../option-rules.ts'
import type { PublishOptions, SendOptions } from './turn.ts'

export const SEND_OPTIONS = namesOf<SendOptions>({ deadlineMs: true, signal: true })
export const PUBLISH_OPTIONS = namesOf<PublishOptions>({ toSelf: true, ttlMs: true })

/** A checked copy of the options of a turn's request or limit. Throws HEDDLE_INVALID_OPTION. */
export function checkSend(options: SendOptions): SendOptions {
  const own = checkOptions(options, SEND_OPTIONS)
  checkWait(own)
  return own
}

export function checkWait({ signal, deadlineMs }: SendOptions): void {
  if (deadlineMs !== undefined) checkMs('deadlineMs', deadlineMs)
  if (signal !== undefined && !isSignal(signal)) {
    throw invalidOption('signal', signal, 'an AbortSignal')
  }
}
