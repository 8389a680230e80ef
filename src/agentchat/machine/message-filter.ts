/** Which messages of the others an agent hears. */
import { COUNT, listOf, NAME, needed, oneOf, type RulesOf, recordOf } from '../../option-rules.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'

/** Which messages a participant hears. */
export interface MessageFilter {
  /**
   * The sources whose messages are heard, and which of these messages; no other source is heard.
   * For a source that is listed twice, all messages that either entry lets through. Default: all.
   */
  readonly per?: readonly SourceFilter[]
  /**
   * Among which messages `first` and `last` count: those that are `new` to the agent, or the
   * `whole` conversation. Of those that are let through, the agent hears each once. Default `new`.
   */
  readonly scope?: 'new' | 'whole'
}

/** Messages of one source: all, or the first or last ones up to a count. */
export interface SourceFilter {
  /** An agent's name, or `user`. */
  readonly source: string
  readonly first?: number
  readonly last?: number
}

/** The messages that the filter lets through, each once, in the order in which they were said. */
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

/** `where`: the agent that the filter belongs to. Throws HEDDLE_INVALID_TEAM. */
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
