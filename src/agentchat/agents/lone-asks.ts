/**
 * What the turn of an agent that runs alone has asked of teams: their conversations, and the turn
 * that waits for a human whom one of them asks.
 *
 * Owns: the conversations of the teams, each made when it is first asked.
 */

import type { Plain } from '../../messages/plain.ts'
import { addUsage, NO_USAGE, type Usage } from '../../models/model.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { InputRequest, RunItem } from '../runs/task.ts'
import {
  type AskedTeam,
  answersFor,
  type InnerAnswer,
  type InnerAsk,
  isDone,
  type LoneEnd,
  type LoneTeam,
  requestsIn,
} from './asking.ts'

/** A turn that waits for what it has asked. */
export interface LoneSuspended {
  readonly messages: readonly ChatMessage[]
  readonly asks: readonly LoneAsk[]
  /** What the agent kept before the turn. */
  readonly before: { readonly length: number; readonly state: Readonly<Record<string, Plain>> }
}

interface LoneAsk extends InnerAsk {
  /** Null: it was not asked yet. */
  readonly end: LoneEnd | null
}

type Answers = Readonly<Record<string, string>>

export class LoneAsks {
  readonly #agent: string
  readonly #teams: () => ReadonlyMap<string, AskedTeam>
  readonly #open = new Map<string, LoneTeam>()

  constructor(agent: string, teams: () => ReadonlyMap<string, AskedTeam>) {
    this.#agent = agent
    this.#teams = teams
  }

  mayAsk(name: string): boolean {
    return this.#teams().has(name)
  }

  /** Asks what can be asked: those of one team one after the other, those of several at once. */
  async goOn(
    { asks, ...turn }: LoneSuspended,
    answers: Answers,
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ): Promise<LoneSuspended & { readonly usage: Usage }> {
    const ended = [...asks]
    let usage = NO_USAGE
    const askAll = async (name: string) => {
      for (const [at, ask] of asks.entries()) {
        if (ask.to !== name || isDone(ask.end)) continue
        const given = answersFor(ask.end, answers)
        if (ask.end !== null && given === undefined) return
        const team = this.#open.get(name) ?? this.#begin(name)
        const end = await team.run(given === undefined ? ask : { answers: given }, show, signal)
        usage = addUsage(usage, end.usage)
        ended[at] = { ...ask, end }
        if (end.outcome.kind === 'input') return
      }
    }
    await Promise.all([...new Set(asks.map(({ to }) => to))].map(askAll))
    return { ...turn, asks: ended, usage }
  }

  save(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#open].map(([name, team]) => [name, team.save()]))
  }

  /** Throws HEDDLE_INVALID_SNAPSHOT. */
  load(saved: Readonly<Record<string, unknown>>): void {
    for (const team of this.#open.values()) team.load(null)
    for (const [name, one] of Object.entries(saved)) {
      if (this.mayAsk(name)) (this.#open.get(name) ?? this.#begin(name)).load(one)
    }
  }

  #begin(name: string): LoneTeam {
    const team = (this.#teams().get(name) as AskedTeam).alone(this.#agent)
    this.#open.set(name, team)
    return team
  }
}

/** What humans are asked. */
export function requestsOf({ asks }: LoneSuspended): InputRequest[] {
  return asks.flatMap(({ end }) => requestsIn(end))
}

/** What was answered, in the order of the asks. */
export function answered({ asks }: LoneSuspended): InnerAnswer[] {
  return asks.map(({ end }) => end as InnerAnswer)
}
