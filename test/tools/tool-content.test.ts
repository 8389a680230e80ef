/** What a tool may show, and what it is told of parts that are none. */
import { expect, test } from 'vitest'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { toolContent } from '../../src/tools/tool-content.ts'

const image = { kind: 'image', mediaType: 'image/png', data: 'aGk=' } as const

test('texts, pictures and their URLs are taken', () => {
  const parts = [
    { kind: 'text', text: 'see' },
    image,
    { ...image, data: 'aGk' },
    { kind: 'image-url', url: 'https://pictures.test/a.png' },
    { kind: 'image-url', url: 'http://127.0.0.1/a.png' },
    { kind: 'image-url', url: 'data:image/png;base64,aGk=' },
  ] as const
  expect(toolContent(parts).parts).toEqual(parts)
})

test.each<[unknown, string]>([
  ['see', "its parts are 'see', and must be a list"],
  [[], 'with at least one part'],
  [['see'], "part 0 is 'see', and must be an object with a kind"],
  [[{ type: 'text', text: 'see' }], "part 0 has the kind undefined, and must have one of 'text'"],
  [[image, { kind: 'film' }], "part 1 has the kind 'film'"],
  [
    [{ kind: 'image', data: 'aGk=' }],
    "part 0 is of the kind 'image', and needs mediaType and data",
  ],
  [[{ ...image, mediaType: 'banana' }], "its mediaType is 'banana'"],
  [[{ ...image, mediaType: 'text/html' }], "its mediaType is 'text/html'"],
  [[{ ...image, data: 'not base64!' }], "its data is 'not base64!'"],
  [[{ ...image, data: '' }], "its data is ''"],
  [[{ ...image, data: 'data:image/png;base64,aGk=' }], "give what comes after 'base64,'"],
  [[{ kind: 'image-url', url: 'file:///etc/passwd' }], "its url is 'file:///etc/passwd'"],
  [[{ kind: 'image-url', url: 'javascript:alert(1)' }], 'its url is'],
  [[{ kind: 'image-url', url: 'data:text/html,hi' }], 'its url is'],
  [[{ kind: 'image-url', url: 'a.png' }], "its url is 'a.png'"],
])('%j is refused', (parts, words) => {
  const make = () => toolContent(parts as never)
  expect(make).toThrow(words)
  expect(make).toThrow("tool 'toolContent' is not well defined")
  expect(make).toThrow('HEDDLE_INVALID_TOOL')
})

test.each([[function* () {}], [async function* () {}]])('a generator is no respond', (respond) => {
  expect(() => defineChatAgent({ name: 'a', respond: respond as never })).toThrow(
    'its respond is a generator function; return one response',
  )
})
