/** What layers above need of a turn that their code runs within, and a user's code does not. */
import type { Turn } from '../agents/turn.ts'
import { doOnce } from './once.ts'
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

function frameOf(turn: Pick<Turn, 'messageId'>): TurnFrame {
  return turn as unknown as TurnFrame
}
