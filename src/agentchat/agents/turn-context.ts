/**
 * What a chat agent is given for one turn.
 *
 * Invariants: all that goes through it is plain data, the same in this thread, on a lane and in a
 * file. Once its turn has ended, it refuses all calls: an agent that goes on after its turn was cut
 * has no effect.
 */
import { HeddleError } from '../../errors.ts'
import { checkAs } from '../../messages/plain.ts'
import type { ModelMessage, Usage } from '../../models/model.ts'
import { modelMessage } from '../../models/model-message.ts'
import {
  type AgentEvent,
  anyShown,
  type ChatMessage,
  usageSchema,
} from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import { type InnerAnswer, keepTurn, type Once } from './asking.ts'
import type { ChatContext, History, Spending } from './chat-agent.ts'
import type { Purse } from './purse.ts'

type Place = Pick<
  TurnPlace,
  | 'key'
  | 'history'
  | 'state'
  | 'input'
  | 'nextId'
  | 'purse'
  | 'signal'
  | 'show'
  | 'withLimit'
  | 'answered'
  | 'turnId'
  | 'news'
  | 'once'
  | 'effect'
>

export interface OpenTurn {
  readonly context: ChatContext
  /** The events that were shown and belong to the turn's outcome. */
  readonly events: readonly AgentEvent[]
  close(): void
}

export function openTurn(agent: string, place: Place): OpenTurn {
  const { key, state, input, nextId, purse, show } = place
  const events: AgentEvent[] = []
  let isClosed = false
  const assertOpen = (call: string) => {
    if (isClosed) throw new HeddleError('HEDDLE_TURN_ENDED', { agent, call, of: 'context' })
  }
  const emit = (given: AgentEvent | ChatMessage) => {
    assertOpen('emit')
    const item = checkAs<AgentEvent | ChatMessage>(anyShown, given, (problem) => {
      const what = `what it shows is neither an event nor a message: ${problem}`
      return refuseChat('chat agent', what, agent)
    })
    show(item)
    if (item.kind !== 'chunk' && item.kind !== 'tool-progress' && !('id' in item)) events.push(item)
  }
  const context: ChatContext = {
    key,
    state,
    input,
    emit,
    history: new TurnHistory(agent, place.history, assertOpen),
    spending: spendingOf(agent, purse, assertOpen),
    nextId: () => {
      assertOpen('nextId')
      return nextId()
    },
    withLimit: async (work) => {
      assertOpen('withLimit')
      return place.withLimit(work)
    },
    once: async (name, fn) => {
      assertOpen('once')
      return place.effect(name, fn) as never
    },
    get signal() {
      return place.signal()
    },
  }
  keepTurn(context, place)
  const close = () => {
    isClosed = true
  }
  return { context, events, close }
}

type AssertOpen = (call: string) => void

class TurnHistory implements History {
  readonly #agent: string
  readonly #entries: History
  readonly #assertOpen: AssertOpen

  constructor(agent: string, entries: History, assertOpen: AssertOpen) {
    this.#agent = agent
    this.#entries = entries
    this.#assertOpen = assertOpen
  }

  get length(): number {
    this.#assertOpen('history')
    return this.#entries.length
  }

  read: History['read'] = (from) => {
    this.#assertOpen('history')
    return this.#entries.read(from)
  }

  append: History['append'] = (...messages) => {
    this.#assertOpen('history')
    const entries = messages.map((message) =>
      checkAs<ModelMessage>(modelMessage, message, (problem) => {
        const what = `what it adds to its history is not a model message: ${problem}`
        return refuseChat('chat agent', what, this.#agent)
      }),
    )
    this.#entries.append(...entries)
  }

  clear: History['clear'] = () => {
    this.#assertOpen('history')
    this.#entries.clear()
  }
}

function spendingOf(agent: string, purse: Spending, assertOpen: AssertOpen): Spending {
  return {
    modelCall: () => {
      assertOpen('spending')
      purse.modelCall()
    },
    toolCall: () => {
      assertOpen('spending')
      purse.toolCall()
    },
    used: (usage) => {
      assertOpen('spending')
      const used = checkAs<Usage>(usageSchema, usage, (problem) => {
        return refuseChat('chat agent', `what it has used is not a usage: ${problem}`, agent)
      })
      purse.used(used)
    },
  }
}

/** What a turn needs from its host. */
export interface TurnPlace
  extends Pick<ChatContext, 'key' | 'history' | 'state' | 'nextId' | 'withLimit'> {
  /** Identifies what the agent was asked: the same text when the turn runs again, and only then. */
  readonly turnId: string
  /** On a runtime, where a turn may run again. */
  readonly once?: Once
  /** The same for effects of the agent's own. */
  readonly effect: (name: string, fn: () => unknown) => Promise<unknown>
  /** What was said to the run since the turn began, each message once. */
  readonly news: () => Promise<readonly ChatMessage[]>
  readonly input: string | undefined
  /** What the teams have answered that it has asked, if it is taken up. */
  readonly answered?: readonly InnerAnswer[]
  /** Whether there is a team of this name to ask. */
  readonly mayAsk: (name: string) => boolean
  readonly purse: Purse
  /** Called only when it is needed, so that the host can see that the turn watches its signal. */
  readonly signal: () => AbortSignal
  /**
   * The same signal for the wait around the agent, which ends whether or not the agent looks at its
   * signal.
   */
  readonly ending: AbortSignal
  /** Throws when the turn was cancelled: then it has no outcome. */
  readonly throwIfCancelled: () => void
  show(item: AgentEvent | ChatMessage): void
}
