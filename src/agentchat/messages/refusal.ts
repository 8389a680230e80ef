/**
 * One way to refuse what a user of this layer has written: names what is refused, and what is wrong
 * with it.
 */
import { HeddleError } from '../../errors.ts'
import { refuseTool } from '../../tools/tool-refusal.ts'

/** Refuses what an agent is to keep. */
export function refuseState(problem: string): HeddleError {
  return refuseChat('chat agent', `of its state, ${problem}`)
}

export type About = 'task' | 'chat agent' | 'tool' | 'structured message' | 'team' | 'condition'

/**
 * HEDDLE_INVALID_TASK for a task, HEDDLE_INVALID_TOOL for a tool, HEDDLE_INVALID_TEAM for a team
 * and its conditions, HEDDLE_INVALID_CHAT_AGENT for the rest.
 */
export function refuseChat(about: About, problem: string, name = ''): HeddleError {
  if (about === 'task') {
    const mend = 'pass a string, a message, or a list of messages'
    return new HeddleError('HEDDLE_INVALID_TASK', { problem: `${problem}; ${mend}` })
  }
  if (about === 'tool') return refuseTool(problem, name)
  const what = name === '' ? about : `${about} '${name}'`
  if (about === 'team' || about === 'condition') {
    return new HeddleError('HEDDLE_INVALID_TEAM', { what, problem })
  }
  return new HeddleError('HEDDLE_INVALID_CHAT_AGENT', { what, problem })
}
