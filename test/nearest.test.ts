import { expect, test } from 'vitest'
import { nearestOf } from '../src/nearest.ts'

const topics = ['entry', 'sealed', 'ticket', 'tickets-of-north']

test.each([
  ['entyr', 'entry'],
  ['Entry', 'entry'],
  ['sealled', 'sealed'],
  ['ticets', 'ticket'],
  ['ticketsofnorth', 'tickets-of-north'],
])('%s was probably meant to be %s', (name, meant) => {
  expect(nearestOf(name, topics)).toBe(meant)
})

test.each(['weather', 'x', '', 'x'.repeat(10_000)])('nothing is near to %.20s', (name) => {
  expect(nearestOf(name, topics)).toBeUndefined()
})

test('a name of a few letters is not near to every other one', () => {
  expect(nearestOf('ab', ['cd', 'c'])).toBeUndefined()
})
