import { hash } from 'node:crypto'
import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'

export const Entry = defineMessage('entry', z.object({ text: z.string() }))
export const Sealed = defineMessage('sealed', z.object({ text: z.string(), seal: z.string() }))

/**
 * Seals the entries of a book, each with a hash over the seal before it. There is one sealer for
 * each book.
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
 * A loop that never awaits: on the main thread it would hold up everything, here it holds up its
 * lane.
 */
function sealOf(text: string, zeros: number): string {
  for (let tries = 1; ; tries++) {
    const seal = hash('sha256', `${text} ${tries}`)
    if (seal.startsWith('0'.repeat(zeros))) return seal
  }
}
