import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'
import { dyeBook } from './dye-book.ts'

export const Skein = defineMessage('skein', z.object({ fibre: z.string() }))

export const dyer = defineAgent(import.meta.url, {
  type: 'dyer',
  config: z.object({ colour: z.enum(['madder', 'indigo']), rounds: z.int().default(1) }),
  uses: { book: dyeBook },
  // Runs once per lane for each name that the agent is registered under. Its result belongs to this
  // agent alone.
  setup: ({ config, type }) => {
    console.log(`the ${type} fills a vat with ${config.colour}`)
    return { vat: { colour: config.colour } }
  },
  dispose: ({ vat }) => console.log(`the vat of ${vat.colour} is emptied`),
  handlers: (on) => [
    on(Skein, ({ fibre }, turn) => {
      const { book, vat } = turn.resources
      book.readings += 1
      const recipe = book.recipes[turn.config.colour]
      console.log(
        `${turn.id.type}: ${recipe} the ${fibre} in ${vat.colour}, ${turn.config.rounds}x`,
      )
    }),
  ],
})
