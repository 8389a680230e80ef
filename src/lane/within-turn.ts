/** What layers above need of a turn that their code runs within, and a user's code does not. */
import type { Turn } from '../agents/turn.ts'
import { type AgentId, agentId } from '../ids/agent-id.ts'
import { doOnce, type Keeper, ONCE_BYTES } from './once.ts'
import type { TurnFrame } from './turn-frame.ts'

/** The runtime that a turn belongs to. */
export function runtimeIdOf(turn: Pick<Turn, 'messageId'>): string {
  return frameOf(turn).run.host.runtimeId
}

/** The slot of a turn's delivery in the router's ledger. */
export function slotOf(turn: Pick<Turn, 'messageId'>): number {
  return frameOf(turn).run.delivery.slot
}

/** Aborts when the turn should stop; it does not count as the handler watching its signal. */
export function endingOf(turn: Turn<never>): AbortSignal {
  return frameOf(turn).ending
}

/**
 * As `turn.once`, for effects of a layer's own: a result for which there is no room is returned,
 * and not recorded.
 */
export function onceIfKept<T>(
  turn: Pick<Turn, 'messageId'>,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  return doOnce(frameOf(turn), { name, run, mayBeLost: true }) as Promise<T>
}

/** What runs without a runtime has done outside; it forgets that when it ends. */
export class LoneRecord {
  readonly #id: AgentId
  readonly #keeper: Keeper = {}
  readonly #host = { onceBytes: ONCE_BYTES, isDead: false, isAlone: true, record: () => {} }

  constructor(agent: string) {
    this.#id = agentId(agent, 'alone')
  }

  /**
   * `once` for one call of the agent, as `turn.once` is for an attempt of a turn. The signal aborts
   * when the call has ended.
   */
  forCall(ending: AbortSignal): (name: string, run: () => unknown) => Promise<unknown> {
    const run = { host: this.#host, delivery: this.#keeper, onceNames: undefined }
    const assertGoesOn = () => ending.throwIfAborted()
    const part = { id: this.#id, path: '', ending, assertGoesOn, run }
    return (name, run) => doOnce(part, { name, run, mayBeLost: false })
  }
}

function frameOf(turn: Pick<Turn, 'messageId'>): TurnFrame {
  return turn as unknown as TurnFrame
}
