/** What a chat agent on a runtime keeps of a conversation. */
import type { Turn } from '../../agents/turn.ts'
import { copyOf, type Plain } from '../../messages/plain.ts'
import type { ModelMessage } from '../../models/model.ts'
import type { KeyedState } from '../../state/keyed-state.ts'
import type { InnerAsk } from '../agents/asking.ts'
import type { History } from '../agents/chat-agent.ts'
import type { Allowance, Spent } from '../agents/purse.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import type { Answer } from '../machine/team-plan.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import { refuseState } from '../messages/refusal.ts'
import { KeyedLog } from './keyed-log.ts'

export interface SpeakerState {
  state: Record<string, Plain>
  history: KeyedState<ModelMessage>
  ids: number
  /** How often it has asked teams. */
  asks: number
  /** See `ManagerState`. */
  numbered: number
  /** The speaker's last answer. The manager has not received it if the run was cut meanwhile. */
  answer: Answer | null
  /** The turn that waits for teams which it has asked. */
  suspended: Suspended | null
}

export type SpeakerTurn = Turn<SpeakerState>

/** A turn that has asked teams, or is about to begin. */
export interface Suspended {
  /** The numbers under which the manager has asked for the turn. */
  readonly ask: number
  readonly about: number
  readonly messages: readonly ChatMessage[]
  /** The index in the manager's thread up to which it has heard it. */
  readonly heard: number
  readonly left: Allowance
  readonly watched: boolean
  readonly asks: readonly AskedOf[]
  /** What it has used since the manager was last told. */
  readonly spent: Spent
  /** What it has shown and belongs to its outcome. */
  readonly events: readonly AgentEvent[]
  readonly before: Before
}

/** What a turn has asked of a team. */
export interface AskedOf extends InnerAsk {
  readonly about: number
  /** The number under which it was asked last; null: not yet. */
  readonly ask: number | null
  readonly answer: Answer | null
}

/** What the agent kept before the turn. */
export interface Before {
  readonly length: number
  /** Its history, once the turn has cleared it. */
  readonly entries: readonly ModelMessage[] | null
  readonly state: Record<string, Plain>
}

/** A speaker as it can be saved, without the teams that it asks. */
export interface SavedSpeaker extends Omit<SavedAgent, 'suspended' | 'teams'> {
  /** Where it asks teams. */
  readonly asks?: number
  readonly suspended?: Suspended | null
}

/** The history of an agent in the runtime's state. */
export class KeptHistory implements History {
  readonly #log: KeyedLog<ModelMessage>
  #cleared: readonly ModelMessage[] | null

  /** `cleared`: the entries at the start of the turn, if it has cleared the history before. */
  constructor(entries: KeyedState<ModelMessage>, cleared: readonly ModelMessage[] | null) {
    this.#log = new KeyedLog(entries)
    this.#cleared = cleared
  }

  get length(): number {
    return this.#log.length
  }

  get cleared(): readonly ModelMessage[] | null {
    return this.#cleared
  }

  read(from = 0): ModelMessage[] {
    return this.#log.read(from)
  }

  append(...messages: readonly ModelMessage[]): void {
    this.#log.append(messages)
  }

  clear(): void {
    this.#cleared ??= this.#log.read()
    this.#log.clear()
  }

  restore({ length, entries }: Before): void {
    if (entries === null) return this.#log.cut(length)
    this.#log.clear()
    this.#log.append(entries.slice(0, length))
  }
}

/** Numbers of before a reset are not used again. */
export function skipUsed({ state: kept }: SpeakerTurn, numbered: number): void {
  if (numbered <= kept.numbered) return
  kept.numbered = numbered
  kept.ids = Math.max(kept.ids, numbered)
  kept.asks = Math.max(kept.asks, numbered)
}

/** As at the beginning, where the manager of the whole keeps which numbers were used. */
export function reset(turn: SpeakerTurn, covered: number): void {
  load(turn, null)
  const { state: kept } = turn
  if (Math.max(kept.ids, kept.asks, kept.numbered) > covered) return
  kept.ids = 0
  kept.asks = 0
  kept.numbered = 0
}

/** `saved` null: it forgets all but the numbers that it has used. */
export function load({ state: kept }: SpeakerTurn, saved: SavedSpeaker | null): void {
  const log = new KeyedLog<ModelMessage>(kept.history)
  log.clear()
  log.append(saved?.history ?? [])
  kept.state = copyOf(saved?.state ?? {}, refuseState)
  kept.answer = null
  kept.suspended = saved?.suspended ?? null
  if (saved === null) return
  kept.ids = Math.max(kept.ids, saved.ids)
  kept.asks = Math.max(kept.asks, saved.asks ?? 0)
}
