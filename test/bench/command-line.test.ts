import { expect, test } from 'vitest'
import { parseAsked } from '../../bench/command-line.ts'

const KNOWN = ['scaling', 'throughput', 'idleCpu']

test('asks all questions by default', () => {
  const all = { questions: KNOWN, size: 'full', json: undefined }
  expect(parseAsked([], KNOWN)).toEqual(all)
  expect(parseAsked(['--quick', '--json', 'a.json'], KNOWN)).toEqual({
    ...all,
    size: 'quick',
    json: 'a.json',
  })
})

function questionsOf(...args: string[]): readonly string[] {
  const asked = parseAsked(args, KNOWN)
  if (asked === 'help') throw new Error('not asked for help')
  return asked.questions
}

test('takes several names after one --only, and after each', () => {
  const questions = questionsOf('--only', 'idleCpu', 'scaling', '--quick')
  expect(questions).toEqual(['scaling', 'idleCpu'])
  expect(questionsOf('--only=idleCpu', '--only=scaling')).toEqual(questions)
})

test('names what it does not know', () => {
  expect(() => parseAsked(['--only', 'speed'], KNOWN)).toThrow(
    "--only has no 'speed'; there are scaling, throughput, idleCpu",
  )
  expect(() => parseAsked(['scaling'], KNOWN)).toThrow("'scaling' is not expected")
  expect(() => parseAsked(['--fast'], KNOWN)).toThrow('--fast')
})
