import { type Command, parseCommand } from '../command-line/parse.ts'
import type { Size } from './question.ts'

/** The options of the bench, with the names of its questions. */
export function benchSpec(known: readonly string[]) {
  return {
    command: 'npm run --silent bench --',
    about: 'Measures heddle against its rivals.',
    options: {
      only: { kind: 'names', of: known, help: 'asks only these questions' },
      quick: { kind: 'flag', help: 'asks a small part of each question' },
      json: { kind: 'text', value: 'FILE', help: 'a file for the report, besides the table' },
    },
  } as const
}

export interface Asked {
  /** In the order in which they are asked, not in the order in which they were named. */
  readonly questions: readonly string[]
  readonly size: Size
  /** The file for the report, besides the table. */
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

/** Throws a CommandError, whose message is written for the person who typed the command. */
export function parseAsked(args: readonly string[], known: readonly string[]): Asked | 'help' {
  const command = parseCommand(benchSpec(known), args)
  return command.kind === 'help' ? 'help' : askedBy(command, known)
}
