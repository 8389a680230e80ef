/** What the calls of a turn can be told, by name. */
import { namesOf } from '../option-check.ts'
import type { PublishOptions, SendOptions } from './turn.ts'

export const SEND_OPTIONS = namesOf<SendOptions>({ deadlineMs: true, signal: true })
export const PUBLISH_OPTIONS = namesOf<PublishOptions>({ toSelf: true, ttlMs: true })
