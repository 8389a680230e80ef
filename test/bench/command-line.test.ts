import { expect, test } from 'vitest'
import { parseCommand } from '../../bench/command-line.ts'

const KNOWN = ['scaling', 'throughput', 'idleCpu']

test('asks all questions unless told', () => {
  const all = { questions: KNOWN, size: 'full', json: undefined }
  expect(parseCommand([], KNOWN)).toEqual(all)
  expect(parseCommand(['--quick', '--json', 'a.json'], KNOWN)).toEqual({
    ...all,
    size: 'quick',
    json: 'a.json',
  })
})

test('takes several names after one --only, and after each', () => {
  const { questions } = parseCommand(['--only', 'idleCpu', 'scaling', '--quick'], KNOWN)
  expect(questions).toEqual(['scaling', 'idleCpu'])
  expect(parseCommand(['--only=idleCpu', '--only=scaling'], KNOWN).questions).toEqual(questions)
})

test('names what it does not know', () => {
  expect(() => parseCommand(['--only', 'speed'], KNOWN)).toThrow(
    "there is no question 'speed'; there are scaling, throughput, idleCpu",
  )
  expect(() => parseCommand(['scaling'], KNOWN)).toThrow("unexpected 'scaling'")
  expect(() => parseCommand(['--fast'], KNOWN)).toThrow('--fast')
})
