/** The dead letters of a runtime of this process, as its users have them. */
import type { DeadLetters } from '../router/reports/dead-letters.ts'
import type { DeadLetterBox } from './agent-runtime.ts'

/** What is asked happens within the call; its methods work without their object. */
export function boxOf(letters: DeadLetters): DeadLetterBox {
  return Object.freeze({
    counts: async () => letters.counts,
    list: async (filter) => letters.list(filter),
    watch: (listener) => letters.watch(listener),
    replay: (filter) => letters.replay(filter),
    discard: async (filter) => letters.discard(filter),
  } satisfies DeadLetterBox)
}
