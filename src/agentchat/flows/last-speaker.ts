/** Who spoke last: what a flow needs that takes turns. */
import type { FlowContext } from './flow.ts'

/**
 * What a flow keeps to know who spoke last: `seen` messages of the thread were looked at for it.
 */
export const NOBODY_YET = Object.freeze({ last: null, seen: 0 })

/**
 * Who of those who take part spoke last. It is read from the thread, and not from who was named: so
 * it is right when somebody named did not come to speak, and when the flow is asked twice. What a
 * task says in a participant's name is not spoken by it.
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
