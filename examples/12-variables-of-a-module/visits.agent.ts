import { defineAgent, defineRequest } from 'heddle'
import { z } from 'zod'

export const Visit = defineRequest('visit', { reply: z.int() })

/** The mistake: each thread that imports this module has its own variable. */
let visitors = 0

export const visits = defineAgent(import.meta.url, {
  type: 'visits',
  handlers: (on) => [on(Visit, () => ++visitors)],
})
