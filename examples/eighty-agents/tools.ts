/** Two tools that would freeze a program with one thread: one computes, and one never ends. */
import { fileURLToPath } from 'node:url'
import { defineTool } from 'heddle/tools'
import { z } from 'zod'
import { HANG_MS } from './load.ts'
import { nearDuplicates } from './near-duplicates.ts'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Only for the first part: the tools run beside their agents, on the one thread of the program. */
const isBeside = process.env.TOOLS === 'beside the agents'
const where = isBeside ? {} : ({ runs: 'pool' } as const)

export const findDuplicates = defineTool(import.meta.url, {
  name: 'find_duplicates',
  description: 'Finds files of node_modules that say nearly the same.',
  parameters: z.object({ end: z.string() }),
  run: ({ end }, { progress }) => {
    const { files, pairs } = nearDuplicates(MODULES, end, (read) => progress(`${read} files read`))
    return `${files} files, ${pairs.length} nearly the same as another`
  },
  ...where,
})

export const neverEnds = defineTool(import.meta.url, {
  name: 'never_ends',
  description: 'Looks for the last digit of pi.',
  parameters: z.object({}),
  run: () => {
    for (;;);
  },
  ...where,
  ...(!isBeside && { timeoutMs: HANG_MS }),
})
