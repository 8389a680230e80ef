import { defineAgent, defineMessage } from 'heddle'
import { unchecked } from '../orders.ts'
import { spend } from './virtual-runtime.ts'

export interface WorkBody {
  readonly id: string
  readonly ms: number
  /** Whether the turn leaves its key with state, which keeps the key on its lane. */
  readonly keepsState: boolean
}

export const Work = defineMessage('work', unchecked<WorkBody>())

/** Where and when a turn ran, in simulated time. */
export interface TimedTurn {
  readonly lane: number
  readonly began: number
  readonly ended: number
}

/** The turns of this process, by the ids of their messages. */
export const turnsOf = new Map<string, TimedTurn>()

/** Spends simulated time, and records when. */
export const worker = defineAgent(import.meta.url, {
  type: 'worker',
  state: { turns: 0 },
  subscriptions: [{ topic: Work.name }],
  handlers: (on) => [
    on(Work, ({ id, ms, keepsState }, turn) => {
      if (keepsState) turn.state.turns++
      turnsOf.set(id, spend(ms))
    }),
  ],
})
