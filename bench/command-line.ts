import { type Command, parseCommand } from '../command-line/parse.ts'
import type { Size } from './question.ts'

/** What the bench takes, with the names of its questions. */
export function benchSpec(known: readonly string[]) {
  return {
    command: 'npm run --silent bench --',
    about: 'Measures heddle against its rivals.',
    options: {
      only: { kind: 'names', of: known, help: 'asks these questions alone' },
      quick: { kind: 'flag', help: 'a small part of each' },
      json: { kind: 'text', value: 'FILE', help: 'where the report goes, beside the table' },
    },
  } as const
}

export interface Asked {
  /** In the order in which they are asked, whatever the order in which they were named. */
  readonly questions: readonly string[]
  readonly size: Size
  /** Where the report goes, beside the table. */
  readonly json: string | undefined
}

export function askedBy(
  { values }: Command<ReturnType<typeof benchSpec>['options']>,
  known: readonly string[],
): Asked {
  const { only = known, quick, json } = values
  return {
    questions: known.filter((name) => only.includes(name)),
    size: quick ? 'quick' : 'full',
    json,
  }
}

/** Throws a CommandError, made to be read by whoever typed it. */
export function parseAsked(args: readonly string[], known: readonly string[]): Asked | 'help' {
  const command = parseCommand(benchSpec(known), args)
  return command.kind === 'help' ? 'help' : askedBy(command, known)
}
