import { type ChatAgent, type ChatMessage, defineChatAgent, textOf } from 'heddle/agentchat'

/** The prices that a message names. */
export function pricesIn(message: ChatMessage): number[] {
  return (textOf(message).match(/\d+/g) ?? []).map(Number)
}

/** Bids 10 more than the others, up to its limit. It passes beyond that, and while it leads. */
export function bidder(name: string, limit: number): ChatAgent {
  return defineChatAgent({
    name,
    description: `Bids up to ${limit}.`,
    respond: async (messages, { state, nextId, emit }) => {
      const own = Number(state.own ?? 0) // messages has only what the others have said
      const bid = Math.max(0, ...messages.flatMap(pricesIn)) + 10
      const passes = bid <= own || bid > limit
      if (bid > limit) emit({ kind: 'thought', source: name, content: `My limit is ${limit}.` })
      if (!passes) state.own = bid
      const content = passes ? 'pass' : `I bid ${bid}`
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: name, content } }
    },
  })
}
