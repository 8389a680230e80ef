import { describe, expect, test } from 'vitest'
import { helpOf, parseCommand } from '../../command-line/parse.ts'

const SPEC = {
  command: 'tool',
  about: 'Is a tool.',
  operands: { value: 'FOLDER', help: 'where', most: 1 },
  options: {
    fast: { kind: 'flag', help: 'in a hurry' },
    slow: { kind: 'flag', help: 'without haste' },
    count: { kind: 'count', help: 'how many', least: 1, most: 64, default: 4 },
    file: { kind: 'text', value: 'FILE', help: 'where to' },
    some: { kind: 'names', of: ['one', 'two'], help: 'these' },
  },
  conflicts: [['fast', 'slow']],
} as const

function parsed(...args: string[]) {
  const command = parseCommand(SPEC, args)
  if (command.kind === 'help') throw new Error('not asked for help')
  return command
}

describe('what is right', () => {
  test('has its values, and defaults for the rest', () => {
    expect(parsed().values).toEqual({
      fast: false,
      slow: false,
      count: 4,
      file: undefined,
      some: undefined,
    })
    const { values, operands } = parsed('here', '--fast', '--count=64', '--file', 'a b')
    expect(values).toMatchObject({ fast: true, count: 64, file: 'a b' })
    expect(operands).toEqual(['here'])
  })

  test('may begin with a dash where it is meant to', () => {
    expect(parsed('--file=--x', '--', '--there')).toMatchObject({
      values: { file: '--x' },
      operands: ['--there'],
    })
    expect(parsed('--file', '-').values.file).toBe('-')
  })

  test('takes several names after one option', () => {
    expect(parsed('--some', 'two', 'one').values.some).toEqual(['two', 'one'])
  })
})

test.each([
  ['--count two', "--count is 'two', and must be a whole number from 1 to 64"],
  ['--count 0', "--count is '0', and must be a whole number from 1 to 64"],
  ['--count 65', "--count is '65', and must be a whole number from 1 to 64"],
  ['--count 1e1', "--count is '1e1', and must be a whole number from 1 to 64"],
  ['--count 2.0', "--count is '2.0', and must be a whole number from 1 to 64"],
  ['--count -1', '--count needs a whole number from 1 to 64'],
  ['--count --fast', '--count needs a whole number from 1 to 64'],
  ['--count', '--count needs a whole number from 1 to 64'],
  ['--count=', '--count needs a whole number from 1 to 64'],
  ['--file', '--file needs a value: FILE'],
  ['--file -x', '--file needs a value: FILE; if it begins with a dash: --file=-x'],
  ['--fast=yes', "--fast takes no value; leave '=yes' out"],
  [
    '--quick',
    'there is no option --quick; there are --fast, --slow, --count, --file, --some, --help',
  ],
  ['-q', 'there is no option -q; there are --fast, --slow, --count, --file, --some, --help'],
  [
    '--constructor',
    'there is no option --constructor; there are --fast, --slow, --count, --file, --some, --help',
  ],
  [
    '--no-fast',
    'there is no option --no-fast; there are --fast, --slow, --count, --file, --some, --help',
  ],
  ['--fast --slow', "--fast and --slow can't stand together; leave one of them out"],
  ['here there', "'there' is not expected; this takes one FOLDER"],
  ['--some three', "--some has no 'three'; there are one, two"],
  ['--some one three', "--some has no 'three'; there are one, two"],
])('%s: one line that names the option and what to do', (typed, message) => {
  const wrong = expect.objectContaining({ message, exitCode: 2 })
  expect(() => parsed(...typed.split(' '))).toThrow(wrong)
})

test('an empty operand is reported, and a long or odd word is cut and escaped', () => {
  expect(() => parsed('')).toThrow('FOLDER is empty; name it, or leave it out')
  expect(() => parsed('a', '\u001b[31mred\nline')).toThrow(
    "'\\x1b[31mred\\x0aline' is not expected",
  )
  expect(() => parsed('a', 'b'.repeat(500))).toThrow(/^'b{79}…' is not expected/)
})

test('--help wins, and lists each option with its default', () => {
  expect(parseCommand(SPEC, ['--count', 'two', '-h'])).toEqual({ kind: 'help' })
  const help = helpOf(SPEC)
  expect(help).toContain('usage: tool [FOLDER] [options]')
  expect(help).toMatch(/--count N +how many \(4\)/)
  expect(help).toMatch(/--file FILE +where to\n/)
})
