import { expect, test } from 'vitest'
import { type DeadLetter, DeadLetters } from '../../src/runtime/dead-letters.ts'

const letter = (messageId: string) => ({ messageId }) as DeadLetter

test('the newest dead letters are kept, oldest first, up to the limit', () => {
  const letters = new DeadLetters(3)
  for (const id of ['1', '2', '3', '4', '5']) letters.add(letter(id))
  expect(letters.list().map(({ messageId }) => messageId)).toEqual(['3', '4', '5'])
})

test('the list that was given does not change later', () => {
  const letters = new DeadLetters(3)
  letters.add(letter('1'))
  const list = letters.list()
  letters.add(letter('2'))
  expect(list).toHaveLength(1)
})
