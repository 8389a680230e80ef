/**
 * What an agent may know besides what was said. A memory is queried once a turn, and its strings
 * are shown to the model only in the requests of that turn. They never join the agent's history,
 * where each turn would repeat them.
 */

import { callOut } from '../../agents/call-out.ts'
import { describe } from '../../errors.ts'
import { listOf, sentenceOf, TEXT } from '../../option-rules.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'

/** What an assistant is reminded of before it asks its model. */
export interface Memory {
  /** The strings that may bear on the new messages, in the order in which they are shown. */
  query(
    about: readonly ChatMessage[],
    signal: AbortSignal,
  ): Promise<readonly string[]> | readonly string[]
}

/**
 * A memory that returns these strings for every query. It copies the list. Throws
 * HEDDLE_INVALID_CHAT_AGENT.
 */
export function listMemory(items: readonly string[]): Memory {
  const wrong = listOf(TEXT).find(items, 'list')
  if (wrong !== undefined) throw refuseChat('chat agent', sentenceOf(wrong, 'its memories'))
  const kept = Object.freeze([...items])
  return Object.freeze({ query: () => kept })
}

/**
 * What a memory gives to this agent. Rejects with HEDDLE_INVALID_CHAT_AGENT when the result is not
 * a list of strings, and with the signal's reason.
 */
export async function recall(
  memory: Memory,
  agent: string,
  about: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const given: unknown = await callOut(signal, () => memory.query(about, signal))
  if (Array.isArray(given) && given.every((item) => typeof item === 'string')) return given
  const problem = `one of its memories gave ${describe(given)}, and must give a list of strings`
  throw refuseChat('chat agent', problem, agent)
}

/** The system message that shows the items to a model; empty for an empty list. */
export function memoryText(items: readonly string[]): string {
  if (items.length === 0) return ''
  const lines = items.map((item, at) => `${at + 1}. ${item}`)
  return ['What you remember, and may need here:', ...lines].join('\n')
}
