/**
 * A chat agent on a runtime, one for each conversation: its key is below the conversation's, so
 * that speakers of one step run on different lanes.
 *
 * Invariants: D5, a turn that fails leaves nothing in what the agent keeps, and its failure is
 * reported to the manager.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { defineAgent } from '../../agents/define-agent.ts'
import type { Turn } from '../../agents/turn.ts'
import { endingOf } from '../../lane/turn-frame.ts'
import type { ModelMessage } from '../../models/model.ts'
import type { KeyedState } from '../../state/keyed-state.ts'
import { type TurnEnd, takeTurn } from '../agents/agent-turn.ts'
import type { ChatAgent, History } from '../agents/chat-agent.ts'
import { Purse } from '../agents/purse.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import type { Answer, Speak } from '../machine/team-plan.ts'
import { copyOf, type Plain } from '../messages/plain.ts'
import { KeyedLog, logField } from './keyed-log.ts'
import { PERSISTENT } from './manager-agent.ts'
import { LoadSpeaker, Recall, Speech, Spoke, speakerType } from './team-protocol.ts'

interface SpeakerState {
  state: Record<string, Plain>
  history: KeyedState<ModelMessage>
  ids: number
  /** The speaker's last answer. The manager has not received it if the run was cut meanwhile. */
  answer: Answer | null
}

export function speakerAgent(module: string, team: string, agent: ChatAgent): AgentRegistration {
  const type = speakerType(team, agent.name)
  return defineAgent(module, {
    type,
    description: agent.description,
    subscriptions: [{ topic: type }],
    state: {
      state: {} as Record<string, Plain>,
      history: logField<ModelMessage>(),
      ids: 0,
      answer: null as Answer | null,
    },
    handlers: (on) => [
      on(Speech, async (speech, turn) => {
        const { ask, conversation } = speech
        const end = await speak(agent, turn, speech as Speak & { readonly watched: boolean })
        const answer: Answer = { ask, by: agent.name, ...end }
        turn.state.answer = answer
        turn.publish(Spoke(answer), { type: team, source: conversation })
      }),
      on(Recall, ({ ask }, { state: { answer } }) => (answer?.ask === ask ? answer : null), {
        retry: PERSISTENT,
      }),
      on(
        LoadSpeaker,
        (saved, turn) => {
          load(turn, saved as SavedAgent | null)
          return true
        },
        { retry: PERSISTENT },
      ),
    ],
  })
}

async function speak(
  agent: ChatAgent,
  turn: Turn<SpeakerState>,
  { messages, input, forgets, left, watched }: Speak & { readonly watched: boolean },
): Promise<TurnEnd> {
  const kept = turn.state
  if (forgets) load(turn, null)
  const history = new KeptHistory(kept.history)
  const takeBack = history.mark()
  const state = copyOf(kept.state)
  const end = await takeTurn(agent, messages, {
    key: turn.key,
    history,
    state: kept.state,
    input: input ?? undefined,
    purse: new Purse(left),
    signal: () => turn.signal,
    ending: endingOf(turn as never),
    throwIfCancelled: () => turn.throwIfCancelled(),
    nextId: () => `${turn.key}#${++kept.ids}`,
    show: (item) => {
      if (watched) turn.emit(item)
    },
  })
  if (end.outcome.kind === 'failed') {
    takeBack()
    kept.state = state
  }
  return end
}

/** What an agent keeps, in the runtime's state. */
class KeptHistory implements History {
  readonly #log: KeyedLog<ModelMessage>
  /** The entries at the start of the turn, once the history has been cleared. */
  #before: ModelMessage[] | undefined

  constructor(entries: KeyedState<ModelMessage>) {
    this.#log = new KeyedLog(entries)
  }

  get length(): number {
    return this.#log.length
  }

  read(from = 0): ModelMessage[] {
    return this.#log.read(from)
  }

  append(...messages: readonly ModelMessage[]): void {
    this.#log.append(messages)
  }

  clear(): void {
    this.#before ??= this.#log.read()
    this.#log.cut(0)
  }

  mark(): () => void {
    const { length } = this.#log
    return () => {
      if (this.#before === undefined) return this.#log.cut(length)
      this.#log.cut(0)
      this.#log.append(this.#before.slice(0, length))
    }
  }
}

function load({ state: kept }: Turn<SpeakerState>, saved: SavedAgent | null): void {
  const log = new KeyedLog<ModelMessage>(kept.history)
  log.cut(0)
  log.append(saved?.history ?? [])
  kept.state = copyOf(saved?.state ?? {})
  kept.answer = null
  if (saved !== null) kept.ids = saved.ids
}
