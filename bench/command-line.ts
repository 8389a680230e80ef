import { parseArgs } from 'node:util'
import type { Size } from './question.ts'

export interface Command {
  /** In the order in which they are asked, whatever the order in which they were named. */
  readonly questions: readonly string[]
  readonly size: Size
  /** Where the report goes, beside the table. */
  readonly json: string | undefined
}

/** Throws an Error, made to be read by whoever typed it. */
export function parseCommand(args: readonly string[], known: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true, // `--only` takes several names: those after the first come as positionals
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  if (values.only === undefined && positionals.length > 0) {
    throw new Error(
      `unexpected '${positionals[0]}'; to ask some questions alone: --only QUESTION …`,
    )
  }
  const wanted = values.only === undefined ? known : [...values.only, ...positionals]
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Error(`there is no question '${unknown}'; there are ${known.join(', ')}`)
  }
  return {
    questions: known.filter((name) => wanted.includes(name)),
    size: values.quick ? 'quick' : 'full',
    json: values.json,
  }
}
