/**
 * What a part of a team tells the parts below it: a manager those who take part, and an agent the
 * teams that it asks.
 */
import type { Turn } from '../../agents/turn.ts'
import type { Answer, Speak } from '../machine/team-plan.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason } from '../runs/task.ts'
import { idBelow, type Member } from './members.ts'
import { Cut, Pause, Recall, Speech, type SpeechFacts, Steer, tokenOf } from './team-protocol.ts'

type AnyTurn = Pick<Turn, 'key' | 'publish' | 'send' | 'throwIfCancelled'>

export function askBelow(
  turn: AnyTurn,
  to: Member,
  speak: Speak,
  { watched, numbered }: SpeechFacts,
): void {
  turn.publish(Speech({ ...speak, watched, numbered }), topicBelow(turn, to))
}

/**
 * The answer of a part that was asked under this number, if it gave one that has not arrived. What
 * the part has begun otherwise is cut as well.
 */
export async function cutBelow(
  turn: AnyTurn,
  to: Member,
  ask: number,
  reason: ChatStopReason,
): Promise<Answer | null> {
  const answer = await turn.send(Recall({ ask }), idBelow(turn.key, to)).catch(() => null)
  turn.throwIfCancelled()
  if (answer === null && to.members.size > 0) {
    turn.publish(Cut({ token: tokenOf(ask), reason }), topicBelow(turn, to))
  }
  return answer as Answer | null
}

/** Tells a run more that a part has begun which was asked under this number. */
export function steerBelow(
  turn: AnyTurn,
  to: Member,
  ask: number,
  messages: readonly ChatMessage[],
  watched: boolean,
): void {
  const steer = Steer({ token: tokenOf(ask), messages, isPart: true, watched })
  turn.publish(steer, topicBelow(turn, to))
}

/** Lets what a part has begun rest, which was asked under this number. */
export function pauseBelow(turn: AnyTurn, to: Member, ask: number): void {
  if (to.members.size > 0) turn.publish(Pause({ token: tokenOf(ask) }), topicBelow(turn, to))
}

function topicBelow({ key }: AnyTurn, to: Member) {
  const { type, key: source } = idBelow(key, to)
  return { type, source }
}
