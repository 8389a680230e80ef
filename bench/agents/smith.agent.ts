import { defineAgent, defineRequest } from 'heddle'
import { defineTool } from 'heddle/tools'
import { z } from 'zod'
import { burn } from '../work.ts'

/** Computes for so many steps in the pool. */
export const crunch = defineTool(import.meta.url, {
  name: 'crunch',
  description: 'Computes.',
  parameters: z.object({ steps: z.number() }),
  runs: 'pool',
  run: ({ steps }) => burn(steps),
})

/** The same beside its caller. */
export const crunchHere = defineTool(import.meta.url, {
  name: 'crunch_here',
  description: 'Computes.',
  parameters: z.object({ steps: z.number() }),
  run: ({ steps }) => burn(steps),
})

/** Has these calls made by one turn: all at once, or one after the other. */
export const Forge = defineRequest('forge', {
  payload: z.object({ steps: z.array(z.number()), atOnce: z.boolean() }),
  reply: z.number(),
})

/**
 * Runs the tools of its turns in the pool. Replies with how long its calls took, in milliseconds.
 */
export const smith = defineAgent(import.meta.url, {
  type: 'smith',
  handlers: (on) => [
    on(Forge, async ({ steps, atOnce }) => {
      const began = performance.now()
      if (atOnce)
        await Promise.all(steps.map((own) => crunch.run({ steps: own }, { whenFull: 'wait' })))
      else for (const own of steps) await crunch.run({ steps: own })
      return performance.now() - began
    }),
  ],
})
