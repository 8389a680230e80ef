import { defineAgent, defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'

export const Entry = defineMessage('entry', z.object({ text: z.string() }))
export const Sealed = defineMessage('sealed', z.object({ text: z.string(), lane: z.int() }))
export const Seals = defineRequest('seals', { reply: z.int() })

/** Seals the entries of a book, and counts them. */
export const sealer = defineAgent(import.meta.url, {
  type: 'sealer',
  config: z.object({ mark: z.string() }),
  setup: ({ lane }) => ({ lane }),
  state: { seals: 0 },
  handlers: (on) => [
    on(Entry, ({ text }, turn) => {
      turn.state.seals++
      const sealed = `${text}${turn.config.mark}${turn.state.seals}`
      turn.publish(Sealed({ text: sealed, lane: turn.resources.lane }))
    }),
    on(Seals, (_, turn) => turn.state.seals),
  ],
})
