/**
 * What a team keeps of a conversation, as plain data, and the check of saved data before it is
 * loaded.
 */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { HeddleError } from '../../errors.ts'
import type { Plain } from '../../messages/plain.ts'
import { checkSchema, type Schema } from '../../messages/schema.ts'
import { type SavedAgent, savedAgentSchema } from '../agents/saved-agent.ts'
import { anyMessage, usageSchema } from '../messages/chat-message.ts'
import { stopReasonSchema } from '../runs/stop-reason.ts'
import type { Member, TeamMember } from './members.ts'
import type { SavedManager } from './team-protocol.ts'

/** What a team and each of its participants keep of a conversation: plain data. */
export interface SavedConversation extends SavedTeam {
  readonly version: 1
  readonly team: string
}

/** What a team keeps, alone or as a part of another one: plain data. */
export interface SavedTeam {
  /** The kind of its flow. */
  readonly flow: string
  /** The shape of its flow; null where the flow has none. */
  readonly shape: Plain
  readonly manager: SavedManager
  readonly speakers: Readonly<Record<string, SavedMember>>
}

/** What one who takes part keeps of a conversation: plain data. */
export type SavedMember = SavedTeam | SavedAgent

const names = z.array(z.string())
const count = z.int().nonnegative()
const step = z.looseObject({
  names,
  upTo: count,
  about: count,
  asks: z.record(z.string(), count),
  outcomes: z.record(z.string(), z.looseObject({ kind: z.enum(['message', 'input', 'failed']) })),
  answers: z.record(z.string(), z.record(z.string(), z.string())),
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
const used = z.looseObject({ usage: usageSchema, toolCalls: count })
const most = z.looseObject({ tokens: z.number().nullable(), toolCalls: z.number().nullable() })
const asked = z.looseObject({
  ask: count,
  about: count,
  from: count,
  given: count,
  left: most,
  told: used,
})
const manager = z.looseObject({
  state,
  thread: z.array(anyMessage),
  asked: asked.nullable().optional(),
  numbered: count.optional(),
})
const suspended = z.looseObject({
  ask: count,
  about: count,
  messages: z.array(anyMessage),
  left: most,
  spent: used,
  asks: z.array(z.looseObject({ to: z.string(), about: count, messages: z.array(anyMessage) })),
})
const below = z.record(z.string(), z.unknown()) // checked part by part
const team = { flow: z.string(), shape: z.json(), manager, speakers: below }
const teamSchema = z.looseObject(team)
const speakerSchema = savedAgentSchema.extend({
  asks: count.optional(),
  suspended: suspended.nullable().optional(),
  teams: below.optional(),
})
const schema = z.looseObject({ version: z.literal(1), team: z.string(), ...team })

type Refuse = (problem: string) => HeddleError

/** Throws HEDDLE_INVALID_SNAPSHOT. */
export function checkSavedConversation(member: TeamMember, saved: unknown): void {
  const { name } = member.plan
  const refuse: Refuse = (problem) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
  const checked = checkSchema(schema as Schema<unknown, SavedConversation>, saved)
  if (checked.kind === 'invalid') throw refuse(checked.issues.join('; '))
  const given = saved as SavedConversation
  if (given.team !== name) throw refuse(`it is of the team '${given.team}', and not of '${name}'`)
  checkTeam(member, given, refuse)
}

function checkTeam({ plan, members }: TeamMember, given: SavedTeam, refuse: Refuse): void {
  const { name, flow } = plan
  if (given.flow !== flow.kind) {
    throw refuse(`its flow is '${given.flow}', and that of '${name}' is '${flow.kind}'`)
  }
  const shape = flow.shape ?? null
  if (!isDeepStrictEqual(given.shape, shape)) {
    const is = (one: Plain) => JSON.stringify(one)
    throw refuse(`its flow's shape is ${is(given.shape)}, and that of '${name}' is ${is(shape)}`)
  }
  checkMembers(members, given.speakers, name, refuse)
}

/** Each member has kept something, and nobody else has. */
function checkMembers(
  members: ReadonlyMap<string, Member>,
  saved: Readonly<Record<string, unknown>>,
  whose: string,
  refuse: Refuse,
): void {
  for (const [name, member] of members) {
    const kept = saved[name]
    if (kept === undefined) throw refuse(`it has no '${name}'`)
    const within = (problem: string) => refuse(`of '${name}', ${problem}`)
    const one = z.looseObject({ [name]: member.kind === 'team' ? teamSchema : speakerSchema })
    const checked = checkSchema(one as Schema<unknown, unknown>, { [name]: kept })
    if (checked.kind === 'invalid') throw refuse(`speakers.${checked.issues.join('; speakers.')}`)
    if (member.kind === 'team') checkTeam(member, kept as SavedTeam, within)
    else checkMembers(member.members, (kept as SavedAgent).teams ?? {}, name, within)
  }
  const stranger = Object.keys(saved).find((one) => !members.has(one))
  if (stranger === undefined) return
  throw refuse(`it has '${stranger}', who takes no part in '${whose}'`)
}
