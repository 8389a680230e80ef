import { expect, test } from 'vitest'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { listMemory, memoryText } from '../../src/agentchat/assistant/memory.ts'
import { type ModelClient, type ModelMessage, NO_USAGE } from '../../src/models/model.ts'

const signal = new AbortController().signal

test('a list remembers its strings as they were, whatever it is asked', async () => {
  const items = ['It rains.', 'The bridge is shut.']
  const memory = listMemory(items)
  items.push('Added later.')
  expect(await memory.query([], signal)).toEqual(['It rains.', 'The bridge is shut.'])
})

test('a list of anything but strings is refused', () => {
  for (const items of ['a text', undefined, ['a', 1]]) {
    expect(() => listMemory(items as never)).toThrow(
      expect.objectContaining({ code: 'HEDDLE_INVALID_CHAT_AGENT' }),
    )
  }
})

test('memories are shown in their order, and nothing where there are none', () => {
  expect(memoryText(['It rains.', 'The bridge is shut.'])).toBe(
    'What you remember, and may need here:\n1. It rains.\n2. The bridge is shut.',
  )
  expect(memoryText([])).toBe('')
})

test('each turn shows them to the model once, and none joins the history', async () => {
  const requests: (readonly ModelMessage[])[] = []
  const model: ModelClient = {
    name: 'fake',
    capabilities: { tools: false, vision: false, structuredOutput: false },
    create: async ({ messages }) => {
      requests.push(messages)
      return { content: 'Yes.', toolCalls: [], finish: 'stop', usage: NO_USAGE }
    },
    countTokens: () => 0,
  }
  const text = 'It rains.'
  const agent = assistantAgent({ name: 'a', model, system: null, memory: [listMemory([text])] })
  for (const task of ['one', 'two', 'three']) await agent.run({ task })
  expect(requests.map((messages) => messages.length)).toEqual([2, 4, 6])
  for (const [first, ...rest] of requests) {
    expect(first).toEqual({ role: 'system', content: memoryText([text]) })
    expect(JSON.stringify(rest)).not.toContain(text)
  }
  expect(JSON.stringify(agent.saveState())).not.toContain(text)
})
