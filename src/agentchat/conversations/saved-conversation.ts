/**
 * What a team keeps of a conversation, as plain data, and the check of saved data before it is
 * loaded.
 */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { HeddleError } from '../../errors.ts'
import { checkSchema, type Schema } from '../../messages/schema.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { savedAgentSchema } from '../agents/saved-agent.ts'
import type { TeamPlan } from '../machine/team-plan.ts'
import { anyMessage, usageSchema } from '../messages/chat-message.ts'
import type { Plain } from '../messages/plain.ts'
import { stopReasonSchema } from '../runs/stop-reason.ts'
import type { SavedManager } from './team-protocol.ts'

/** What a team and each of its participants keep of a conversation: plain data. */
export interface SavedConversation {
  readonly version: 1
  readonly team: string
  /** The kind of its flow. */
  readonly flow: string
  /** The shape of its flow; null where the flow has none. */
  readonly shape: Plain
  readonly manager: SavedManager
  readonly speakers: Readonly<Record<string, SavedAgent>>
}

const names = z.array(z.string())
const count = z.int().nonnegative()
const step = z.looseObject({
  names,
  upTo: count,
  asks: z.record(z.string(), count),
  outcomes: z.record(z.string(), z.looseObject({ kind: z.enum(['message', 'input', 'failed']) })),
  answers: z.record(z.string(), z.string()),
})
const run = z.looseObject({
  from: count,
  turns: count,
  toolCalls: count,
  beganAt: z.number(),
  status: z.enum(['running', 'paused', 'ended']),
  usage: usageSchema,
  stopReason: stopReasonSchema.nullable(),
})
const state = z.looseObject({
  asks: count,
  ids: count,
  calls: count,
  flow: z.record(z.string(), z.unknown()),
  run: run.nullable(),
  step: step.nullable(),
  news: z.object({ kind: z.enum(['task', 'spoke']), messages: z.array(anyMessage) }).nullable(),
  cursors: z.record(z.string(), count),
  forgetful: names,
})
const schema = z.looseObject({
  version: z.literal(1),
  team: z.string(),
  flow: z.string(),
  shape: z.json(),
  manager: z.looseObject({ state, thread: z.array(anyMessage) }),
  speakers: z.record(z.string(), savedAgentSchema),
})

/** Throws HEDDLE_INVALID_SNAPSHOT. */
export function checkSavedConversation({ name, flow, speakers }: TeamPlan, saved: unknown): void {
  const refuse = (problem: string) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
  const checked = checkSchema(schema as Schema<unknown, SavedConversation>, saved)
  if (checked.kind === 'invalid') throw refuse(checked.issues.join('; '))
  const given = saved as SavedConversation
  if (given.team !== name) throw refuse(`it is of the team '${given.team}', and not of '${name}'`)
  if (given.flow !== flow.kind) {
    throw refuse(`its flow is '${given.flow}', and that of '${name}' is '${flow.kind}'`)
  }
  const shape = flow.shape ?? null
  if (!isDeepStrictEqual(given.shape, shape)) {
    const is = (one: Plain) => JSON.stringify(one)
    throw refuse(`its flow's shape is ${is(given.shape)}, and that of '${name}' is ${is(shape)}`)
  }
  const missing = speakers.find((one) => given.speakers[one.name] === undefined)
  if (missing !== undefined) throw refuse(`it has no '${missing.name}'`)
  const stranger = Object.keys(given.speakers).find(
    (one) => !speakers.some((speaker) => speaker.name === one),
  )
  if (stranger !== undefined) throw refuse(`it has '${stranger}', who takes no part in '${name}'`)
}
