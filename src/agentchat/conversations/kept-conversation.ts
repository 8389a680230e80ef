/** A conversation as a whole, with all that is part of it: saved and loaded. */
import type { Runtime } from '../../runtime/local-runtime.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
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
  const { type } = member
  const load = LoadManager({ saved: saved?.manager ?? null, owner })
  if (!(await runtime.send(load, { type, key }))) return false
  for (const [name, one] of member.members) {
    await loadMember(runtime, one, key, saved?.speakers[name] ?? null)
  }
  return true
}

async function loadMember(
  runtime: Runtime,
  member: Member,
  above: string,
  saved: SavedMember | null,
): Promise<void> {
  const id = idBelow(above, member)
  if (member.kind === 'team') {
    await loadTeam(runtime, member, id.key, saved as SavedTeam | null, null)
    return
  }
  const { teams = {}, ...speaker } = (saved ?? {}) as SavedAgent
  await runtime.send(LoadSpeaker(saved === null ? null : (speaker as SavedSpeaker)), id)
  for (const [name, team] of member.members) {
    await loadMember(runtime, team, id.key, (teams[name] ?? null) as SavedTeam | null)
  }
}
