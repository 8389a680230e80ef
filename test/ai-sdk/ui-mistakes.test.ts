/** Failures behind a user interface: the browser gets a neutral text, and the server the error. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { toUIMessageStream, toUIMessageStreamResponse } from '../../src/ai-sdk/index.ts'
import type { ModelClient } from '../../src/models/model.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { chunksOf, completed, itemsOf } from './ui-message.ts'

let lines = ''
beforeEach(() => {
  lines = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const FAILED = [
  { type: 'error', errorText: 'An error occurred.' },
  { type: 'finish', finishReason: 'error' },
]
const fails = () => {
  throw new Error('the cellar is flooded')
}
const agentThat = (model: ModelClient = scriptedModel(['Hello'])) =>
  assistantAgent({ name: 'guide', model })
const run = () => agentThat().runStream({ task: 'x' })

describe('without onError, a line on stderr has the error', () => {
  test.each<[string, () => ReadableStream, RegExp]>([
    [
      'of an agent',
      () => toUIMessageStream(agentThat(scriptedModel(fails)).runStream({ task: 'x' })),
      /^error heddle: in a UI message stream, guide failed: Error: the cellar is flooded, at /,
    ],
    [
      'of its model',
      () => toUIMessageStream(agentThat(scriptedModel([])).runStream({ task: 'x' })),
      /guide failed: [^\n]*\(HEDDLE_NO_MORE_ANSWERS\)\n$/,
    ],
    [
      'of a mistyped option of the run',
      () => toUIMessageStream(() => agentThat().runStream({ tsk: 'x' } as never)),
      /the run failed: [^\n]*tsk[^\n]*\(HEDDLE_INVALID_OPTION\)\n$/,
    ],
    ['of the function', () => toUIMessageStream(fails), /the run failed: Error: the cellar/],
    [
      'of a function that gives the result alone',
      () => toUIMessageStream((() => agentThat().run({ task: 'x' })) as never),
      /option 'what run returns' is an object \(Promise\), and must be a run's stream/,
    ],
    ['of show', () => toUIMessageStream(run, { show: fails }), /the run failed: Error: the cellar/],
    [
      'of messageMetadata',
      () => toUIMessageStream(run, { messageMetadata: fails }),
      /the run failed: Error: the cellar/,
    ],
  ])('%s', async (_, stream, words) => {
    const chunks = await chunksOf(stream())
    expect(chunks.slice(-2)).toEqual(FAILED)
    expect(lines).toMatch(words)
    expect(lines.split('\n')).toHaveLength(2)
  })

  test('of a tool', async () => {
    const broken = tool({ name: 'pump', description: '', parameters: z.object({}), run: fails })
    const model = scriptedModel([{ toolCalls: [{ name: 'pump', arguments: {} }] }])
    const agent = assistantAgent({ name: 'guide', model, tools: [broken] })
    await chunksOf(toUIMessageStream(agent.runStream({ task: 'x' })))
    expect(lines).toContain("the tool 'pump' failed: Error: the cellar is flooded")
  })
})

test('with onError, nothing is written', async () => {
  await chunksOf(toUIMessageStream(fails, { onError: () => 'sorry' }))
  expect(lines).toBe('')
})

test.each<[string, () => unknown]>([
  ['throws', fails],
  ['returns a promise', () => Promise.reject(new Error('unheard'))],
  ['returns a number', () => 7],
])('an onError that %s is told of, and so is what it was given', async (_, onError) => {
  const broken = () => {
    throw new Error('the first')
  }
  const chunks = await chunksOf(toUIMessageStream(broken, { onError: onError as never }))
  expect(chunks.slice(-2)).toEqual(FAILED)
  expect(lines).toContain('the run failed: Error: the first')
  expect(lines).toContain('its onError failed: ')
})

test.each<[string, object, string]>([
  ['a promise as show', { show: () => Promise.reject(new Error('unheard')) }, 'show returns'],
  ['a number as show', { show: () => 1 }, "'what show returns' is 1, and must be true or false"],
  ['a promise as metadata', { messageMetadata: () => Promise.resolve({}) }, 'messageMetadata'],
  ['a bigint in metadata', { messageMetadata: () => ({ a: 1n }) }, 'messageMetadata returns'],
  ['a function as metadata', { messageMetadata: () => () => 1 }, 'messageMetadata returns'],
])('%s is refused, and nothing is shown of it', async (_, options, words) => {
  const response = toUIMessageStreamResponse(run, options)
  const body = await response.text()
  expect(body).toMatch(/"errorText":"An error occurred\."\}\n\ndata: \{"type":"finish".*\n\n.*DONE/)
  if (words.includes('show')) expect(body).not.toContain('Hello')
  expect(lines).toContain(words)
  expect(lines).toContain('HEDDLE_INVALID_OPTION')
})

test('an item that JSON can not carry ends the stream as a failure', async () => {
  const data = { kind: 'memory', source: 'a', items: [1n] } as never
  const body = await toUIMessageStreamResponse(itemsOf(data, completed)).text()
  expect(body).toMatch(/"type":"error",.*\n\n.*"finishReason":"error"\}\n\ndata: \[DONE\]\n\n$/)
  expect(lines).toContain('an item of the run failed: TypeError')
})

test.each<[object, string]>([
  [{ status: 'x' }, "option 'status' is 'x'"],
  [{ status: 204 }, "option 'status' is 204"],
  [{ statusText: 'a\nb' }, "option 'statusText'"],
  [{ headers: { 'a b': 'secret' } }, "option 'headers'"],
  [{ headers: 'secret' }, "option 'headers'"],
  [{ messageId: ' ' }, "option 'messageId'"],
])('%j is no option of a response', (options, words) => {
  const make = () => toUIMessageStreamResponse(run, options as never)
  expect(make).toThrow(words)
  expect(make).toThrow('HEDDLE_INVALID_OPTION')
  expect(make).not.toThrow('secret')
})

describe('once cancel has resolved, the run has ended:', () => {
  const hanging: ModelClient = {
    ...scriptedModel([]),
    create: ({ signal }) => {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => setImmediate(reject, signal.reason))
      })
    },
  }

  test.each(['stream', 'response'] as const)('of a %s', async (kind) => {
    const agent = agentThat(hanging)
    const begin = (signal: AbortSignal) => agent.runStream({ task: 'x', signal })
    const stream: ReadableStream<unknown> | null =
      kind === 'stream' ? toUIMessageStream(begin) : toUIMessageStreamResponse(begin).body
    const reader = stream?.getReader()
    for (let at = 0; at < 2; at++) await reader?.read() // the message begins
    const pending = reader?.read()
    await new Promise(setImmediate)
    await reader?.cancel()
    await pending
    expect(() => agent.saveState()).not.toThrow()
    const second = new AbortController()
    const again = agent.run({ task: 'y', signal: second.signal })
    second.abort()
    expect((await again).stopReason.kind).toBe('cancelled')
  })
})
