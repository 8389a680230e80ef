import { defineTool } from 'heddle/tools'
import { z } from 'zod'

export const square = defineTool(import.meta.url, {
  name: 'square',
  description: 'Squares a number.',
  runs: 'pool',
  parameters: z.object({ of: z.number() }),
  run: ({ of }) => of * of,
})
