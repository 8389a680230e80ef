/** A conversation as a whole, with all that is part of it: saved and loaded. */
import { COMMITTED, type Runtime } from '../../runtime/local-runtime.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import type { TeamState } from '../machine/team-state.ts'
import { KeptRun } from './kept-run.ts'
import { idBelow, type Member, type TeamMember } from './members.ts'
import type { SavedConversation, SavedMember, SavedTeam } from './saved-conversation.ts'
import type { SavedSpeaker } from './speaker-state.ts'
import { LoadManager, LoadSpeaker } from './team-protocol.ts'

/** Everything that is kept of it. Nothing of a run may be under way. */
export function savedIn(runtime: Runtime, member: TeamMember, key: string): SavedConversation {
  const saved = new KeptRun(runtime, member, key).save()
  return { version: 1, team: member.plan.name, ...saved }
}

/**
 * Loads a team and all that is part of it; null: as at the beginning. Returns false if another
 * owner's run is under way, and has then loaded nothing.
 */
export async function loadTeam(
  runtime: Runtime,
  member: TeamMember,
  key: string,
  saved: SavedTeam | null,
  owner: string | null,
): Promise<boolean> {
  const covered = saved === null ? mostUsed(runtime, member, key) : 0
  return loadPart(runtime, member, key, saved, { owner, covered })
}

interface LoadFacts {
  readonly owner: string | null
  readonly covered: number
}

async function loadPart(
  runtime: Runtime,
  member: TeamMember,
  key: string,
  saved: SavedTeam | null,
  { owner, covered }: LoadFacts,
): Promise<boolean> {
  const { type } = member
  const load = LoadManager({ saved: saved?.manager ?? null, owner, covered })
  if (!(await runtime.send(load, { type, key }))) return false
  for (const [name, one] of member.members) {
    await loadMember(runtime, one, key, saved?.speakers[name] ?? null, covered)
  }
  return true
}

async function loadMember(
  runtime: Runtime,
  member: Member,
  above: string,
  saved: SavedMember | null,
  covered: number,
): Promise<void> {
  const id = idBelow(above, member)
  if (member.kind === 'team') {
    await loadPart(runtime, member, id.key, saved as SavedTeam | null, { owner: null, covered })
    return
  }
  const { teams = {}, ...speaker } = (saved ?? {}) as SavedAgent
  const own = saved === null ? null : (speaker as SavedSpeaker)
  await runtime.send(LoadSpeaker({ saved: own, covered }), id)
  for (const [name, team] of member.members) {
    await loadMember(runtime, team, id.key, (teams[name] ?? null) as SavedTeam | null, covered)
  }
}

/** The highest number that a part of the conversation has used. */
function mostUsed(runtime: Runtime, member: Member, key: string): number {
  const kept = runtime[COMMITTED]({ type: member.type, key })
  const counts = member.kind === 'team' ? (kept.field('team') as TeamState | undefined) : undefined
  const asks = counts?.asks ?? kept.field('asks')
  const ids = counts?.ids ?? kept.field('ids')
  const own = [asks, ids, kept.field('numbered')].map((used) => Number(used ?? 0))
  const parts = [...member.members.values()]
  return Math.max(...own, ...parts.map((one) => mostUsed(runtime, one, idBelow(key, one).key)))
}
