/** Each speaks in turn, in the order of the team; the turn is kept from run to run. */
import type { Flow, FlowContext } from './flow.ts'
import { lastSpeaker, NOBODY_YET } from './last-speaker.ts'

/**
 * The participants speak one after the other, and then from the first again. A speaker that did not
 * get to speak, in a run that failed or was cut, still has its turn.
 */
export function roundRobin(): Flow {
  return Object.freeze({
    kind: 'round-robin',
    initial: NOBODY_YET,
    next: (context: FlowContext) => {
      const { speakers } = context
      const last = lastSpeaker(context)
      const at = speakers.findIndex(({ name }) => name === last)
      const turn = speakers[(at + 1) % speakers.length]
      return { kind: 'speak' as const, names: turn === undefined ? [] : [turn.name] }
    },
  })
}
