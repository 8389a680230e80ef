/** What an agent hears of what others say. */
import { describe } from '../errors.ts'
import type { ChatMessage } from './messages.ts'
import { refuseChat } from './refusal.ts'

/** What a participant hears. */
export interface MessageFilter {
  /** Whose messages, and which of them; nobody else's. A source that is listed twice: what either lets through. Default: all. */
  readonly per?: readonly SourceFilter[]
  /** Of what they choose: of that which is `new` to the agent, or of the `whole` conversation. Default `new`. */
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

/** `where`: the agent that it belongs to. Throws HEDDLE_INVALID_TEAM. */
export function checkFilter(filter: MessageFilter, where: string): void {
  const refuse = (problem: string) => refuseChat('team', `the filter of '${where}' ${problem}`)
  if (typeof filter !== 'object' || filter === null) throw refuse(`is ${describe(filter)}`)
  const { per, scope = 'new' } = filter
  if (scope !== 'new' && scope !== 'whole') {
    throw refuse(`has the scope ${describe(scope)}, and must have 'new' or 'whole'`)
  }
  if (per === undefined) return
  if (!Array.isArray(per)) throw refuse(`lists its sources in ${describe(per)}`)
  if (per.length === 0) throw refuse('lists nobody: nothing would be heard')
  for (const one of per as readonly SourceFilter[]) {
    if (typeof one?.source !== 'string' || one.source === '') {
      throw refuse(`has an entry with the source ${describe(one?.source)}`)
    }
    const { source, first, last } = one
    if (first !== undefined && last !== undefined) {
      throw refuse(`has both first and last for '${source}': list it twice for both`)
    }
    for (const [what, count] of Object.entries({ first, last })) {
      if (count === undefined || (Number.isSafeInteger(count) && count > 0)) continue
      const must = 'must be a positive whole number'
      throw refuse(`has ${what} ${describe(count)} for '${source}', and ${must}`)
    }
  }
}
