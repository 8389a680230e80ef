/**
 * What an agent keeps of a conversation, as plain data, and the check of saved data before it is
 * loaded.
 */
import * as z from 'zod'
import { HeddleError } from '../../errors.ts'
import type { Plain } from '../../messages/plain.ts'
import { checkSchema, type Schema } from '../../messages/schema.ts'
import type { ModelMessage } from '../../models/model.ts'
import { modelMessage } from '../../models/model-message.ts'
import { anyMessage, type ChatMessage } from '../messages/chat-message.ts'
import type { InputRequest } from '../runs/task.ts'

/** What an agent keeps of a conversation: plain data. */
export interface SavedAgent {
  readonly version: 1
  readonly history: readonly ModelMessage[]
  readonly state: Readonly<Record<string, Plain>>
  /** How many ids the agent has given out. */
  readonly ids: number
  /**
   * The messages that the agent was shown when it asked a human, while it has not responded to them
   * yet.
   */
  readonly waiting: readonly ChatMessage[] | null
  /** What the agent asked the human. Left out where a team keeps it. */
  readonly asked?: InputRequest | null
  /**
   * For an agent that asks teams: how often it has asked, its turn that waits for them, and what
   * they keep, by the names that it knows them by.
   */
  readonly asks?: number
  readonly suspended?: unknown
  readonly teams?: Readonly<Record<string, unknown>>
}

export const savedAgentSchema = z.looseObject({
  version: z.literal(1),
  history: z.array(modelMessage),
  state: z.record(z.string(), z.unknown()),
  ids: z.int().nonnegative(),
  waiting: z.array(anyMessage).nullable(),
  asked: z
    .looseObject({ id: z.string(), source: z.string(), prompt: z.string() })
    .nullable()
    .optional(),
})

/** Throws HEDDLE_INVALID_SNAPSHOT. */
export function checkSavedAgent(saved: unknown): void {
  const checked = checkSchema(savedAgentSchema as Schema<unknown, unknown>, saved)
  if (checked.kind !== 'invalid') return
  throw new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem: checked.issues.join('; ') })
}
