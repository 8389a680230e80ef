/** What an agent hears of what others say. */
import { COUNT, listOf, NAME, needed, oneOf, type RulesOf, recordOf } from '../../option-rules.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'

/** What a participant hears. */
export interface MessageFilter {
  /**
   * Whose messages, and which of them; nobody else's. A source that is listed twice: what either
   * lets through. Default: all.
   */
  readonly per?: readonly SourceFilter[]
  /**
   * Of what they choose: of that which is `new` to the agent, or of the `whole` conversation.
   * Default `new`.
   */
  readonly scope?: 'new' | 'whole'
}

/** Messages of one source: all, the first, or the last so many. */
export interface SourceFilter {
  /** An agent's name, or `user`. */
  readonly source: string
  readonly first?: number
  readonly last?: number
}

/** Those that the filter lets through, each once, in the order in which they were said. */
export function filterMessages(
  { per }: MessageFilter,
  messages: readonly ChatMessage[],
): readonly ChatMessage[] {
  if (per === undefined) return messages
  const kept = new Set(per.flatMap((one) => placesOf(one, messages)))
  return messages.filter((_, at) => kept.has(at))
}

function placesOf({ source, first, last }: SourceFilter, messages: readonly ChatMessage[]) {
  const places = messages.flatMap((message, at) => (message.source === source ? at : []))
  if (first !== undefined) return places.slice(0, first)
  return last === undefined ? places : places.slice(-last)
}

const RULES: RulesOf<MessageFilter> = {
  per: listOf(recordOf<SourceFilter>({ source: needed(NAME), first: COUNT, last: COUNT })),
  scope: oneOf('new', 'whole'),
}

/** `where`: the agent that it belongs to. Throws HEDDLE_INVALID_TEAM. */
export function checkFilter(filter: MessageFilter, where: string): void {
  const whose = `the filter of '${where}'`
  checkOptions<MessageFilter>('team', filter, RULES, whose)
  const { per } = filter
  if (per?.length === 0) throw refuseChat('team', `${whose} lists nobody: nothing would be heard`)
  const both = per?.find(({ first, last }) => first !== undefined && last !== undefined)
  if (both === undefined) return
  const problem = `has both first and last for '${both.source}': list it twice for both`
  throw refuseChat('team', `${whose} ${problem}`)
}
