import { hash } from 'node:crypto'
import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'

export const Entry = defineMessage('entry', z.object({ text: z.string() }))
export const Sealed = defineMessage('sealed', z.object({ text: z.string(), seal: z.string() }))

/**
 * Seals the entries of a book. Each seal is a hash over the entry and the seal before it. Each book
 * has its own sealer.
 */
export const sealer = defineAgent(import.meta.url, {
  type: 'sealer',
  config: z.object({ zeros: z.int() }),
  state: { last: '' },
  handlers: (on) => [
    on(Entry, ({ text }, turn) => {
      const seal = sealOf(`${turn.key} ${turn.state.last} ${text}`, turn.config.zeros)
      turn.state.last = seal
      turn.publish(Sealed({ text, seal }))
    }),
  ],
})

/**
 * A loop that never awaits. On the main thread it would hold up everything; here it holds up only
 * its lane.
 */
function sealOf(text: string, zeros: number): string {
  for (let tries = 1; ; tries++) {
    const seal = hash('sha256', `${text} ${tries}`)
    if (seal.startsWith('0'.repeat(zeros))) return seal
  }
}
