/**
 * One way to refuse what a user of this layer has written: names what is refused, and what is wrong
 * with it.
 */
import { HeddleError } from '../../errors.ts'

export type About = 'task' | 'chat agent' | 'tool' | 'structured message' | 'team' | 'condition'

/**
 * HEDDLE_INVALID_TASK for a task, HEDDLE_INVALID_TEAM for a team and its conditions,
 * HEDDLE_INVALID_CHAT_AGENT for the rest.
 */
export function refuseChat(about: About, problem: string, name = ''): HeddleError {
  if (about === 'task') {
    const mend = 'pass a string, a message, or a list of messages'
    return new HeddleError('HEDDLE_INVALID_TASK', { problem: `${problem}; ${mend}` })
  }
  const what = name === '' ? about : `${about} '${name}'`
  if (about === 'team' || about === 'condition') {
    return new HeddleError('HEDDLE_INVALID_TEAM', { what, problem })
  }
  return new HeddleError('HEDDLE_INVALID_CHAT_AGENT', { what, problem })
}
