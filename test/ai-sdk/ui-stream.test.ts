/** Runs as UI message streams, read back with the AI SDK's own reader. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lastAssistantMessageIsCompleteWithToolCalls } from 'ai'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { RunItem } from '../../src/agentchat/runs/task.ts'
import { toUIMessageStream } from '../../src/ai-sdk/index.ts'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { old, writer } from '../fixtures/chat/ai-sdk.team.ts'
import { branches, nested } from '../fixtures/chat/nested.team.ts'
import { research } from '../fixtures/chat/research.team.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { chunksOf, completed, itemsOf, messageOf, textsOf } from './ui-message.ts'

const task = 'How old is the loom?'

const owned = (agent: string) => ({ heddle: { agent } })

/** What the writer's turn is for a user interface. */
const WRITTEN = [
  { type: 'step-start' },
  {
    type: 'reasoning',
    id: expect.any(String),
    text: 'An age is asked.',
    state: 'done',
    providerMetadata: owned('writer'),
  },
  { type: 'text', text: 'Let me see.', state: 'done', providerMetadata: owned('writer') },
  {
    type: 'tool-archive',
    toolCallId: 'call',
    state: 'output-available',
    input: { what: 'loom' },
    output: 'loom: 8,000 years',
    providerExecuted: true,
    callProviderMetadata: owned('writer'),
  },
  { type: 'text', text: 'The loom is old.', state: 'done', providerMetadata: owned('writer') },
]

test('an agent alone: its thought, its tools and its text', async () => {
  const stream = toUIMessageStream(writer.runStream({ task }), { messageId: 'msg-1' })
  const message = await messageOf(stream)
  expect(message).toEqual({
    id: 'msg-1',
    role: 'assistant',
    parts: WRITTEN,
    metadata: {
      stopReason: { kind: 'completed', text: 'writer has answered' },
      usage: { promptTokens: 14, completionTokens: 6 },
    },
  })
  // an interface that sends complete calls by itself would ask for ever
  const messages = [message]
  expect(lastAssistantMessageIsCompleteWithToolCalls({ messages })).toBe(false)
})

const starts: Record<string, () => Promise<Runtime>> = {
  'one thread': () => SingleThreadedRuntime.start({ agents: old.agents }),
  'two lanes': () => ThreadedRuntime.start({ agents: old.agents, lanes: 2 }),
}

test.each(Object.keys(starts))('a team on %s: a step for each turn', async (where) => {
  const runtime = (await starts[where]?.()) as Runtime
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const run = old.conversation(runtime, 'conv').runStream({ task })
  const message = await messageOf(toUIMessageStream(run))
  expect(message.parts.slice(0, 5)).toEqual(WRITTEN)
  expect(message.parts.filter(({ type }) => type === 'step-start')).toHaveLength(3)
  expect(textsOf(message)).toEqual([
    'writer: Let me see.',
    'writer: The loom is old.',
    'critic: Say how old.',
    'writer: Let me see.',
    'writer: The loom is old.',
  ])
  expect(message.metadata?.stopReason?.kind).toBe('condition')
})

test('no text is doubled when lanes die, in any order of events', async () => {
  let resets = 0
  const whole = await messageOf(toUIMessageStream(old.runStream({ task })))
  for (let seed = 1; seed <= 100; seed++) {
    const kills = { probability: 0.03, most: 1 }
    const { runtime } = await startSimulated({ agents: old.agents, seed, kills })
    const run = old.conversation(runtime, 'conv').runStream({ task })
    const [stream, copy] = toUIMessageStream(run).tee()
    const [message, chunks] = await Promise.all([messageOf(stream), chunksOf(copy)])
    resets += chunks.filter(({ type }) => type === 'reset-step').length
    expect(textsOf(message), `seed ${seed}`).toEqual(textsOf(whole))
    const types = (parts: readonly { type: string }[]) => parts.map(({ type }) => type)
    expect(types(message.parts), `seed ${seed}`).toEqual(types(whole.parts))
    await runtime.stop({ deadlineMs: 0 })
  }
  expect(resets).toBeGreaterThan(3)
})

test.each([
  ['a graph', research],
  ['teams within teams', nested],
  ['teams at the nodes of a graph', branches],
])('%s: what is said is shown once, whatever ends', async (_, team) => {
  for (let seed = 1; seed <= 40; seed++) {
    const kills = { probability: 0.04, most: 1 }
    const { runtime } = await startSimulated({ agents: team.agents, seed, kills })
    const said: string[] = []
    const seen = new Set<string>()
    async function* run() {
      for await (const item of team.conversation(runtime, 'conv').runStream({ task })) {
        if (
          item.kind === 'text' &&
          item.source !== 'user' &&
          !seen.has(`${item.source} ${item.id}`)
        ) {
          seen.add(`${item.source} ${item.id}`)
          said.push(`${item.source}: ${item.content}`)
        }
        yield item
      }
    }
    const message = await messageOf(toUIMessageStream(run))
    expect(textsOf(message).sort(), `seed ${seed}`).toEqual(said.sort())
    expect(said.length).toBeGreaterThan(3)
    await runtime.stop({ deadlineMs: 0 })
  }
})

test('no text is doubled when the thread of an agent ends in its turn', async () => {
  const mark = join(tempFolder('ends-once'), 'ended')
  vi.stubEnv('HEDDLE_TEST_ENDS_ONCE', mark)
  onTestFinished(() => void vi.unstubAllEnvs())
  const report = () => {}
  const runtime = await ThreadedRuntime.start({ agents: old.agents, lanes: 2, report })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const run = old.conversation(runtime, 'conv').runStream({ task })
  const [stream, copy] = toUIMessageStream(run).tee()
  const [message, chunks] = await Promise.all([messageOf(stream), chunksOf(copy)])
  expect(existsSync(mark)).toBe(true)
  // a thread that ends takes with it what it has not posted yet: then nothing was shown
  const isShown = chunks.filter(({ type }) => type === 'reasoning-start').length > 2
  expect(chunks.filter(({ type }) => type === 'reset-step')).toHaveLength(isShown ? 1 : 0)
  expect(message.parts.slice(0, 5)).toEqual(WRITTEN)
})

const speakers = (source: string, ...names: string[]): RunItem => ({
  kind: 'speakers',
  source,
  names,
})
const chunk = (source: string, messageId: string, content: string): RunItem => {
  return { kind: 'chunk', source, messageId, content }
}
const text = (source: string, id: string, content: string): RunItem => {
  return { kind: 'text', id, source, content }
}
const retracted = (source: string): RunItem => ({ kind: 'retracted', source })

test.each<[string, RunItem[], string[]]>([
  [
    'what others show in the step stays, and goes on',
    [
      speakers('team', 'a', 'b'),
      chunk('a', '1', 'One '),
      chunk('b', '2', 'Two '),
      { kind: 'tool-input', source: 'b', messageId: '2', callId: 'c', name: 't', content: '{' },
      retracted('a'),
      { kind: 'tool-input', source: 'b', messageId: '2', callId: 'c', name: 't', content: '}' },
      { kind: 'tool-calls', source: 'b', calls: [{ id: 'c', name: 't', arguments: '{}' }] },
      chunk('b', '3', 'three'),
      chunk('a', '1', 'One '),
      chunk('a', '1', 'and done'),
      chunk('b', '3', ' four'),
      text('a', '1', 'One and done'),
      text('b', '3', 'three four'),
    ],
    ['b: Two ', 'b: three four', 'a: One and done'],
  ],
  [
    'a whole message is retracted, and shown again',
    [speakers('team', 'a'), text('a', '1', 'One'), retracted('a'), text('a', '1', 'One')],
    ['a: One'],
  ],
  [
    'what was said before the speakers stays',
    [
      speakers('team', 'a'),
      text('a', '1', 'One'),
      speakers('team', 'a'),
      chunk('a', '2', 'Tw'),
      retracted('a'),
      chunk('a', '2', 'Two'),
      text('a', '2', 'Two'),
    ],
    ['a: One', 'a: Two'],
  ],
  [
    'a team in a team begins no step while others are in theirs',
    [
      speakers('team', 'a', 'panel'),
      chunk('a', '1', 'One '),
      speakers('panel', 'x'),
      text('x', '2', 'Ex'),
      speakers('panel', 'y'),
      text('y', '3', 'Why'),
      retracted('a'),
      text('a', '1', 'One two'),
      speakers('team', 'a'),
    ],
    ['x: Ex', 'y: Why', 'a: One two'],
  ],
  [
    'a flow that runs again repeats nothing',
    [text('planner', '1', 'A plan'), speakers('team', 'a'), text('planner', '1', 'A plan')],
    ['planner: A plan'],
  ],
  [
    "the text beside an agent's calls is not the message that has its id",
    [
      speakers('team', 'a'),
      chunk('a', '1', 'See:'),
      { kind: 'tool-calls', source: 'a', calls: [{ id: 'c', name: 't', arguments: '{}' }] },
      text('a', '1', 'It is so.'),
    ],
    ['a: See:', 'a: It is so.'],
  ],
])('%s', async (_, items, expected) => {
  const message = await messageOf(toUIMessageStream(itemsOf(...items, completed)))
  expect(textsOf(message)).toEqual(expected)
})

test('two calls of one id are two parts, and a result without its call has one', async () => {
  const calls = [{ id: 'c', name: 't', arguments: 'no JSON' }]
  const result = { callId: 'c', name: 't', content: 'done', isError: false }
  const items: RunItem[] = [
    { kind: 'tool-calls', source: 'a', calls },
    { kind: 'tool-calls', source: 'b', calls },
    {
      kind: 'tool-results',
      source: 'b',
      results: [{ ...result, content: 'secret', isError: true }],
    },
    retracted('a'),
    { kind: 'tool-results', source: 'a', results: [result] },
  ]
  const { parts } = await messageOf(toUIMessageStream(itemsOf(...items, completed)))
  expect(parts.slice(1)).toMatchObject([
    { toolCallId: 'c~2', state: 'output-error', input: 'no JSON', errorText: 'An error occurred.' },
    { toolCallId: 'c', state: 'output-available', input: {}, output: 'done' },
  ])
})

test('what a tool shows while it runs is its preliminary output, also once a step is shown again', async () => {
  const shown = { kind: 'tool-progress', source: 'b', callId: 'c', name: 't' } as const
  const result = { callId: 'c', name: 't', content: 'done', isError: false }
  const items: RunItem[] = [
    { kind: 'tool-calls', source: 'b', calls: [{ id: 'c', name: 't', arguments: '{}' }] },
    { ...shown, callId: 'nobody', content: 'lost' },
    { ...shown, content: 'one' },
    { ...shown, content: { two: 2 } },
    chunk('a', '1', 'x'),
    retracted('a'),
  ]
  const under = await messageOf(toUIMessageStream(itemsOf(...items, completed)))
  const part = { toolCallId: 'c', state: 'output-available' }
  expect(under.parts).toContainEqual(
    expect.objectContaining({ ...part, output: { two: 2 }, preliminary: true }),
  )
  items.push({ kind: 'tool-results', source: 'b', results: [result] })
  const { parts } = await messageOf(toUIMessageStream(itemsOf(...items, completed)))
  const [done] = parts.filter((one) => 'toolCallId' in one)
  expect(done).toMatchObject({ ...part, output: 'done' })
  expect(done).not.toHaveProperty('preliminary', true)
})

test('what has no part in the SDK is a data part', async () => {
  const items: RunItem[] = [
    text('user', '0', task),
    { kind: 'memory', source: 'a', items: ['old'] },
    { kind: 'thought', source: 'a', content: 'Hm.' },
    { kind: 'handoff', id: '1', source: 'a', target: 'b', content: 'to b', context: [] },
    { kind: 'structured', id: '2', source: 'a', format: 'age', content: { years: 8_000 } },
    {
      kind: 'multimodal',
      id: '3',
      source: 'a',
      content: [
        { kind: 'text', text: 'See' },
        { kind: 'image', mediaType: 'image/png', data: 'aGk=' },
      ],
    },
    { kind: 'input-requested', source: 'a', requestId: 'r', prompt: 'Which?' },
  ]
  const { parts } = await messageOf(toUIMessageStream(itemsOf(...items, completed)))
  expect(parts).toMatchObject([
    { type: 'step-start' },
    { type: 'data-memory', data: { agent: 'a', items: ['old'] } },
    { type: 'reasoning', text: 'Hm.', state: 'done' },
    { type: 'data-handoff', data: { agent: 'a', target: 'b', content: 'to b' } },
    { type: 'text', text: '{"years":8000}' },
    { type: 'data-structured', data: { agent: 'a', format: 'age', content: { years: 8_000 } } },
    { type: 'text', text: 'See' },
    { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,aGk=' },
    { type: 'data-input-request', data: { agent: 'a', id: 'r', prompt: 'Which?' } },
  ])
})

test('items that are not to be shown are left out', async () => {
  const show = (item: RunItem) => item.kind !== 'thought-chunk' && item.kind !== 'thought'
  const message = await messageOf(toUIMessageStream(writer.runStream({ task }), { show }))
  expect(message.parts).toEqual(WRITTEN.filter(({ type }) => type !== 'reasoning'))
})
