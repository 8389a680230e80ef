import { expect, test } from 'vitest'
import { textOf } from '../../src/agentchat/messages.ts'
import { writing } from '../fixtures/chat/writing.team.ts'
import { testTeam } from './test-team.ts'

testTeam('a writer and a critic', writing, [
  { task: 'a poem' },
  'save-and-load',
  { task: 'another' },
])

test('a team runs alone, on a runtime of its own', async () => {
  const { messages, stopReason, usage } = await writing.run({ task: 'a poem' })
  expect(messages.map((message) => `${message.source}: ${textOf(message)}`)).toEqual([
    'user: a poem',
    'writer: draft 1 of a poem',
    'critic: more of default',
    'writer: draft 2 of a poem',
    'critic: more of default',
    'writer: draft 3 of a poem',
    'critic: APPROVE',
  ])
  expect(stopReason).toMatchObject({ kind: 'condition', conditions: [{ kind: 'text-mention' }] })
  expect(usage.completionTokens).toBeGreaterThan(10)
})
