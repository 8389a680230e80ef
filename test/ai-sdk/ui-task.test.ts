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

test('blank texts are none', () => {
  const blank = { type: 'text', text: ' \n' }
  expect(taskFromUIMessages([said(blank, text)])).toBe('Hello')
  expect(() => taskFromUIMessages([said(blank)])).toThrow('has no text and no picture')
})

const file = (url: unknown, mediaType: unknown = 'image/png') => {
  return () => taskFromUIMessages([said({ type: 'file', mediaType, url })])
}

test.each(['image', 'image/*', 'IMAGE/PNG'])('the type of a picture may be %s', (mediaType) => {
  expect(file('data:image/png;base64,aGk=', mediaType)()).toMatchObject({
    content: [{ kind: 'image', mediaType: 'image/png', data: 'aGk=' }],
  })
})

test.each([
  ['data:text/html;base64,aGk=', "of the type 'image/png', and its URL says 'text/html'"],
  ['data:image/png;base64,%%%', 'its data is'],
  ['data:image/png;base64,', 'its data is'],
  ['data:image/png,hello', 'send its bytes as data:'],
  ['http://pictures.test/a.png', 'public host'],
  ['http://169.254.169.254/latest/meta-data', 'public host'],
  ['https://169.254.169.254/latest/meta-data', 'public host'],
  ['https://0xa9fea9fe/', 'public host'],
  ['https://[::1]/a.png', 'public host'],
  ['https://localhost/a.png', 'public host'],
  ['https://db.internal/a.png', 'public host'],
  ['https://me:pass@pictures.test/a.png', 'public host'],
  ['javascript:alert(1)', 'public host'],
  [undefined, 'has the URL undefined'],
])('the picture %s is refused', (url, words) => {
  expect(file(url)).toThrow(words)
  expect(file(url)).toThrow('HEDDLE_INVALID_TASK')
  expect(file(url)).not.toThrow('pass a string')
})

test('a picture may be large', () => {
  const url = `data:image/png;base64,${'A'.repeat(2 ** 24)}`
  expect(file(url)()).toMatchObject({ kind: 'multimodal' })
})

test.each<[string, unknown, string]>([
  ['no list', undefined, 'must be the list that useChat sends'],
  ['no message', [], 'must be the user'],
  ['a message of a model', [answer], "of the role 'assistant'"],
  [
    'no parts',
    [{ role: 'user', content: 'Hello' }],
    "the parts of the user's message are undefined",
  ],
  ['nothing in it', [said()], 'no text and no picture'],
  ['a part that is none', [said(7)], 'is 7'],
  ['a text without text', [said({ type: 'text', text: 7 })], "a text of the user's message is 7"],
  ['a tool call', [said({ type: 'tool-rm', toolCallId: '1' })], "has the type 'tool-rm'"],
  ['a file', [said({ type: 'file', mediaType: 'application/pdf', url: 'data:,' })], 'pdf'],
  [
    'a path',
    [said({ type: 'file', mediaType: 'image/png', url: 'file:///etc/passwd' })],
    'a URL with https: of a public host',
  ],
])('%s is refused', (_, messages, problem) => {
  expect(() => taskFromUIMessages(messages as never)).toThrow(problem)
  expect(() => taskFromUIMessages(messages as never)).toThrow('HEDDLE_INVALID_TASK')
})
