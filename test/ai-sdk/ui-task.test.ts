/** What a browser sends, as a task. */
import type { UIMessage } from 'ai'
import { expect, test } from 'vitest'
import { taskFromUIMessages } from '../../src/ai-sdk/index.ts'

const said = (...parts: unknown[]) => ({ id: '1', role: 'user', parts }) as UIMessage
const text = { type: 'text', text: 'Hello' }
const answer = { id: '0', role: 'assistant', parts: [text] } as UIMessage

test('texts are one task', () => {
  const last = said(text, { type: 'data-place', data: 1 }, { type: 'text', text: 'there' })
  expect(taskFromUIMessages([answer, last])).toBe('Hello\nthere')
})

test('pictures are parts of a message', () => {
  const file = { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,aGk=' }
  const far = { type: 'file', mediaType: 'image/jpeg', url: 'https://pictures.test/a.jpg' }
  expect(taskFromUIMessages([said(text, file, far)])).toEqual({
    kind: 'multimodal',
    id: expect.any(String),
    source: 'user',
    content: [
      { kind: 'text', text: 'Hello' },
      { kind: 'image', mediaType: 'image/png', data: 'aGk=' },
      { kind: 'image-url', url: 'https://pictures.test/a.jpg' },
    ],
  })
})

test.each<[string, unknown, string]>([
  ['no list', undefined, 'must be a list'],
  ['no message', [], 'must be the user'],
  ['a message of a model', [answer], "of the role 'assistant'"],
  ['no parts', [{ role: 'user', content: 'Hello' }], 'its parts are undefined'],
  ['nothing in it', [said()], 'no text and no picture'],
  ['a part that is none', [said(7)], 'is 7'],
  ['a text without text', [said({ type: 'text', text: 7 })], "of the type 'text'"],
  ['a tool call', [said({ type: 'tool-rm', toolCallId: '1' })], "of the type 'tool-rm'"],
  ['a file', [said({ type: 'file', mediaType: 'application/pdf', url: 'data:,' })], 'pdf'],
  [
    'a path',
    [said({ type: 'file', mediaType: 'image/png', url: 'file:///etc/passwd' })],
    'data: or https:',
  ],
])('%s is refused', (_, messages, problem) => {
  expect(() => taskFromUIMessages(messages as never)).toThrow(problem)
  expect(() => taskFromUIMessages(messages as never)).toThrow('HEDDLE_INVALID_TASK')
})
