/** Who spoke last, for flows that take turns. */
import type { FlowContext } from './flow.ts'

/**
 * What a flow keeps to know who spoke last. `seen`: how many messages of the thread it has looked
 * at.
 */
export const NOBODY_YET = Object.freeze({ last: null, seen: 0 })

/**
 * The participant that spoke last. It is read from the thread, and not from the speakers that the
 * flow named. So it is right when a named speaker did not get to speak, and when the flow is asked
 * twice. A task's message with a participant's name as its source does not count.
 */
export function lastSpeaker({ state, speakers, thread, why }: FlowContext): string | null {
  const seen = Number(state.seen)
  const task = why.kind === 'task' ? why.messages.length : 0
  const said = thread.read(seen).slice(0, Math.max(0, thread.length - task - seen))
  const names = new Set(speakers.map(({ name }) => name))
  const last = said.findLast(({ source }) => names.has(source))?.source
  if (last !== undefined) state.last = last
  state.seen = thread.length
  return typeof state.last === 'string' ? state.last : null
}
