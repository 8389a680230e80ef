import { defineAgent, defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'

export const Search = defineMessage('search', z.object({ name: z.string() }))
export const Searches = defineRequest('searches', { reply: z.int() })

export const searcher = defineAgent(import.meta.url, {
  type: 'searcher',
  state: { searches: 0 },
  handlers: (on) => [
    on(Search, ({ name }, turn) => {
      turn.state.searches += 1
      turn.emit(`looking for ${name}`)
      for (let place = 0; !isFound(name, place); place++) {
        turn.throwIfCancelled() // reads shared memory, since no message could reach this loop
      }
    }),
    on(Searches, (_, turn) => turn.state.searches),
  ],
})

/** Never finds anybody. */
function isFound(name: string, place: number): boolean {
  return name.length < -place
}
