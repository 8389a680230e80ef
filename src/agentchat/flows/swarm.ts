/**
 * Agents that hand over to each other: the target of a handoff speaks until it hands over itself.
 */
import { errorToRecord } from '../../errors.ts'
import type { ChatMessage, ChatMessageOf } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { Flow, FlowContext, Next, Speaker } from './flow.ts'

/**
 * `seen`: how many messages of the thread were searched for handoffs, so that each handoff counts
 * once.
 */
const NOBODY_YET = Object.freeze({ current: null, seen: 0 })

type HandoffMessage = ChatMessageOf<'handoff'>

/**
 * The first participant begins. After a handoff its target speaks; otherwise the last speaker goes
 * on. A handoff in a task decides who begins. A handoff to `user` completes the run; the next run
 * goes on with the agent that handed over. A handoff to any other name that does not take part
 * fails the run with HEDDLE_INVALID_TEAM. All must be chat agents, and the first must be able to
 * hand over.
 */
export function swarm(): Flow {
  return Object.freeze({ kind: 'swarm', initial: NOBODY_YET, check, next })
}

function check(speakers: readonly Speaker[]): void {
  const team = speakers.find(({ kind }) => kind === 'team')
  if (team !== undefined) {
    throw refuseChat('team', `'${team.name}' is a team, and a swarm is made of chat agents`)
  }
  const [first] = speakers
  if (first?.produces.includes('handoff') === false) {
    const problem = `'${first.name}' is the first of a swarm and can't hand over; give it handoffs, or name 'handoff' in its produces`
    throw refuseChat('team', problem)
  }
}

function next({ state, speakers, thread, why }: FlowContext): Next {
  const takesPart = (name: unknown) => speakers.some((one) => one.name === name)
  const fresh = thread.read(Number(state.seen))
  state.seen = thread.length
  const handoff =
    why.kind === 'task'
      ? (lastHandoff(why.messages) ?? lastHandoff(fresh, takesPart))
      : lastHandoff(fresh)
  if (handoff !== undefined) {
    if (!takesPart(handoff.target)) return stopAt(handoff, speakers)
    state.current = handoff.target
  }
  if (!takesPart(state.current)) state.current = speakers[0]?.name ?? null
  return { kind: 'speak', names: typeof state.current === 'string' ? [state.current] : [] }
}

/**
 * The last handoff. `takesPart`: a handoff whose target does not take part is skipped, since a task
 * answers a handoff out of the team.
 */
function lastHandoff(
  messages: readonly ChatMessage[],
  takesPart?: (name: string) => boolean,
): HandoffMessage | undefined {
  const last = messages.findLast((message) => message.kind === 'handoff')
  if (last === undefined || takesPart?.(last.target) === false) return undefined
  return last
}

function stopAt({ source, target }: HandoffMessage, speakers: readonly Speaker[]): Next {
  if (target === 'user') {
    return {
      kind: 'stop',
      reason: { kind: 'completed', text: `${source} has handed over to the user` },
    }
  }
  const known = speakers.map(({ name }) => name).join(', ')
  const problem = `'${source}' handed over to '${target}', who does not take part; those who do: ${known}`
  const error = errorToRecord(refuseChat('team', problem))
  return { kind: 'stop', reason: { kind: 'failed', source, error, text: problem } }
}
