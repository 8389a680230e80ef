import { expect, test } from 'vitest'
import * as z from 'zod'
import { buffered } from '../../src/agentchat/agents/model-context.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { listMemory } from '../../src/agentchat/assistant/memory.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import type { AgentEvent, ChatMessage } from '../../src/agentchat/messages/chat-message.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { ModelClient, ModelMessage } from '../../src/models/model.ts'
import { type Script, scriptedModel } from '../../src/testing/scripted-model.ts'
import { toolContent } from '../../src/tools/tool-content.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => a + b,
})
const fail = tool({
  name: 'fail',
  description: 'Fails.',
  parameters: z.object({}),
  run: () => {
    throw new Error('as told')
  },
})
const call = (name: string, args: object | string, id?: string) => {
  return { name, arguments: args, ...(id !== undefined && { id }) }
}

function agent(script: Script, options: Partial<Parameters<typeof assistantAgent>[0]> = {}) {
  const model = scriptedModel(script)
  return { model, agent: assistantAgent({ name: 'helper', model, system: null, ...options }) }
}

async function itemsOf(stream: AsyncIterable<AgentEvent | ChatMessage | TaskResult>) {
  const items: (AgentEvent | ChatMessage | TaskResult)[] = []
  for await (const item of stream) items.push(item)
  return items
}

test('answers with what its model says, shows the model only what is new beside its history, and counts tokens', async () => {
  const { agent: helper, model } = agent(['one', 'two'])
  const first = await helper.run({ task: 'first' })
  expect(first).toMatchObject({
    messages: [
      { kind: 'text', source: 'user', content: 'first' },
      { kind: 'text', source: 'helper', content: 'one' },
    ],
    stopReason: { kind: 'completed' },
    usage: { promptTokens: 1, completionTokens: 1 },
  })
  await helper.run({ task: 'second' })
  expect(model.calls[1]?.messages).toMatchObject([
    { role: 'user', content: 'first' },
    { role: 'assistant', content: 'one' },
    { role: 'user', content: 'second' },
  ])
  helper.reset()
  await helper.run({ task: 'third' })
  expect(model.calls[2]?.messages).toHaveLength(1)
})

test('runs tools, and sums up what they gave, in the order of the calls', async () => {
  const calls = [
    call('add', { a: 1, b: 2 }),
    call('fail', {}),
    call('add', '{'),
    call('none', {}),
    call('add', { a: 'x' }),
  ]
  const { agent: helper } = agent([{ toolCalls: calls }], { tools: [add, fail] })
  const items = await itemsOf(helper.runStream({ task: 'add' }))
  expect(items.map(({ kind }) => kind)).toEqual([
    'text',
    'tool-calls',
    'tool-results',
    'tool-summary',
    'result',
  ])
  const summary = items[3] as ChatMessage & { kind: 'tool-summary' }
  const [sum, failed, noJson, unknown, misfit] = summary.content.split('\n')
  expect([sum, failed]).toEqual(['3', 'Error: as told'])
  expect(noJson).toMatch(/^Error: the arguments are no JSON/)
  expect(unknown).toBe("Error: there is no tool 'none'")
  expect(misfit).toMatch(/^Error: the arguments do not fit: a: /)
  expect(summary.results.map(({ isError }) => isError)).toEqual([false, true, true, true, true])
})

test('asks again with what its tools gave, as often as it may', async () => {
  const asks = { toolCalls: [call('add', { a: 1, b: 1 })] }
  const often = agent([asks, asks, 'done: 2'], { tools: [add], maxToolIterations: 3 })
  const { messages } = await often.agent.run({ task: 'add' })
  expect(messages.at(-1)).toMatchObject({ kind: 'text', content: 'done: 2' })
  expect(often.model.calls[1]?.messages.at(-1)).toMatchObject({
    role: 'tool',
    results: [{ content: '2' }],
  })
  const twice = agent([asks, asks, 'never'], { tools: [add], maxToolIterations: 2 })
  const cut = await twice.agent.run({ task: 'add' })
  expect(cut.messages.at(-1)).toMatchObject({ kind: 'tool-summary', content: '2' })
  expect(twice.model.calls).toHaveLength(2)
})

test('reflects: one more answer, for which the model may not call tools', async () => {
  const asks = { toolCalls: [call('add', { a: 1, b: 1 })] }
  const { agent: helper, model } = agent([asks, 'it is two'], {
    tools: [add],
    reflect: 'after-tools',
  })
  const { messages } = await helper.run({ task: 'add' })
  expect(messages.at(-1)).toMatchObject({ kind: 'text', content: 'it is two' })
  expect(model.calls[1]?.tools).toBeUndefined()
})

test('hands over with the work that was done beside it; the first handoff counts', async () => {
  const toolCalls = [
    call('add', { a: 1, b: 2 }, 'x'),
    call('transfer_to_bob', {}),
    call('transfer_to_eve', {}),
  ]
  const { agent: helper } = agent([{ toolCalls }], { tools: [add], handoffs: ['bob', 'eve'] })
  const { messages } = await helper.run({ task: 'go' })
  expect(messages.at(-1)).toMatchObject({
    kind: 'handoff',
    target: 'bob',
    context: [
      { role: 'assistant', toolCalls: [{ id: 'x' }] },
      { role: 'tool', results: [{ callId: 'x', content: '3' }] },
    ],
  })
})

test('gives structured answers, and fails with a code where the model does not', async () => {
  const Report = defineStructured('report', z.object({ score: z.number() }))
  const good = agent([JSON.stringify({ score: 3 })], { output: Report })
  const { messages } = await good.agent.run({ task: 'judge' })
  const last = messages.at(-1) as ChatMessage
  expect(Report.is(last) && last.content.score).toBe(3)
  expect(good.model.calls[0]?.output).toMatchObject({ properties: { score: { type: 'number' } } })
  for (const answer of ['no JSON', '{"score":"high"}']) {
    const { stopReason } = await agent([answer], { output: Report }).agent.run({ task: 'judge' })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
  }
})

test('streams chunks of the message that they add up to, and thoughts', async () => {
  const { agent: helper } = agent([{ content: 'one two three', thought: 'hm' }], {
    stream: 'chunks',
  })
  const items = await itemsOf(helper.runStream({ task: 'count' }))
  const chunks = items.filter((item) => item.kind === 'chunk')
  const text = items.find((item) => item.kind === 'text' && item.source === 'helper') as ChatMessage
  expect(chunks.map(({ content }) => content).join('')).toBe('one two three')
  expect(new Set(chunks.map(({ messageId }) => messageId))).toEqual(new Set([text.id]))
  expect(items.some((item) => item.kind === 'thought')).toBe(true)
})

test('shows memories with the request, and does not keep them in its history', async () => {
  const { agent: helper, model } = agent(['a', 'b'], { memory: [listMemory(['likes tea'])] })
  await helper.run({ task: 'hello' })
  await helper.run({ task: 'again' })
  const shown = model.calls[1]?.messages.filter(({ role }) => role === 'system')
  expect(shown).toHaveLength(1)
  expect(JSON.stringify(shown)).toContain('likes tea')
})

test('shows its model no more than its context lets through', async () => {
  const { agent: helper, model } = agent(['a', 'b', 'c'], { context: buffered(2) })
  for (const task of ['1', '2', '3']) await helper.run({ task })
  expect(model.calls[2]?.messages).toMatchObject([{ content: 'b' }, { content: '3' }])
  expect(helper.saveState().history).toHaveLength(6)
})

test('one run at a time: a second is refused with what to do, and the first goes on', async () => {
  const gate = Promise.withResolvers<string>()
  const { agent: helper } = agent(() => gate.promise)
  const first = helper.run({ task: 'wait' })
  await expectRefusal(() => helper.run({ task: 'too' }), 'HEDDLE_ALREADY_RUNNING', "'helper'")
  expect(() => helper.reset()).toThrow(/HEDDLE_ALREADY_RUNNING/)
  gate.resolve('done')
  expect((await first).messages.at(-1)).toMatchObject({ content: 'done' })
})

test('a run that is cancelled, in a model call or in a tool that does not listen, ends at once and leaves nothing', async () => {
  const stuck = tool({
    name: 'stuck',
    description: 'Never ends.',
    parameters: z.object({}),
    run: () => new Promise(() => {}),
  })
  const scripts: Script[] = [
    () => new Promise<string>(() => {}),
    [{ toolCalls: [call('stuck', {})] }],
  ]
  for (const script of scripts) {
    const model = scriptedModel(script)
    const helper = assistantAgent({ name: 'helper', model, tools: [stuck] })
    const controller = new AbortController()
    const run = helper.run({ task: 'wait', signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort('enough')
    expect((await run).stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
    expect(helper.saveState().history).toEqual([])
  }
})

test('a run that fails leaves nothing of itself in the history', async () => {
  const { agent: helper } = agent([{ fails: 'no connection' }, 'fine'])
  const { stopReason } = await helper.run({ task: 'first' })
  expect(stopReason).toMatchObject({
    kind: 'failed',
    source: 'helper',
    error: { message: 'no connection' },
  })
  expect(helper.saveState().history).toEqual([])
})

test.each([
  ['two tools of one name', { tools: [add, add] }],
  [
    'a tool and a handoff of one name',
    {
      tools: [
        tool({ name: 'transfer_to_bob', description: '', parameters: z.object({}), run: () => 0 }),
      ],
      handoffs: ['bob'],
    },
  ],
  ['no iterations', { maxToolIterations: 0 }],
  ['a name with a space', { name: 'a b' }],
  [
    'tools with a model that has none',
    { tools: [add], model: scriptedModel([], { capabilities: { tools: false } }) },
  ],
  [
    'structure with a model that has none',
    {
      output: defineStructured('x', z.object({})),
      model: scriptedModel([], { capabilities: { structuredOutput: false } }),
    },
  ],
] as const)('is refused with %s', async (_, options) => {
  const model = scriptedModel([])
  await expectRefusal(
    () => assistantAgent({ name: 'helper', model, ...options }),
    'HEDDLE_INVALID_CHAT_AGENT',
  )
})

test('chunks of a text beside tool calls have an id that no message has', async () => {
  const noop = tool({ name: 'noop', description: '', parameters: z.object({}), run: () => 'ok' })
  const call = { content: 'let me see', toolCalls: [{ name: 'noop', arguments: {} }] }
  const model = scriptedModel([call, 'so'])
  const agent = assistantAgent({
    ...{ name: 'a', model, tools: [noop], maxToolIterations: 2, stream: 'chunks' },
  })
  const textOfId = new Map<string, string>()
  const ids: string[] = []
  for await (const item of agent.runStream({ task: 'go' })) {
    if (item.kind === 'chunk') {
      textOfId.set(item.messageId, (textOfId.get(item.messageId) ?? '') + item.content)
    } else if ('id' in item && item.source === 'a') ids.push(item.id)
  }
  expect(ids.map((id) => textOfId.get(id))).toEqual(['so'])
  expect([...textOfId.values()]).toEqual(['let me see', 'so'])
})

test('the idempotency key of a call is that of the turn and its place, whatever ids a model gives', async () => {
  const keys: string[] = []
  const entered = Promise.withResolvers<void>()
  const pay = tool({
    ...{ name: 'pay', description: '', parameters: z.object({}) },
    run: async (_, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (keys.length > 1) return 'paid'
      entered.resolve()
      return new Promise(() => {})
    },
  })
  const calls = { toolCalls: [{ name: 'pay', arguments: {}, id: 'call_0' }] }
  const model = scriptedModel(({ messages }) => {
    return messages.filter(({ role }) => role === 'tool').length % 2 === 0 ? calls : 'done'
  })
  const agent = assistantAgent({ name: 'a', model, tools: [pay], maxToolIterations: 2 })
  const own = defineTeam({
    ...{ name: 'own', participants: [agent], flow: roundRobin(), budget: { turns: 1 } },
  })
  const cut = own.run({ task: 'first' })
  await entered.promise
  await own.stop()
  await cut
  await own.run() // the same turn runs again
  await own.run({ task: 'second' })
  const [first, again, second] = keys
  expect(again).toBe(first)
  expect(second).not.toBe(first)
})

test('what a provider wants back is kept with the answer and its calls, and handed back', async () => {
  const noop = tool({ name: 'noop', description: '', parameters: z.object({}), run: () => 'ok' })
  const metadata = { other: { signature: 'abc' } }
  const asked: ModelMessage[][] = []
  const model: ModelClient = {
    ...scriptedModel([]),
    create: async ({ messages }) => {
      asked.push([...messages])
      const isFirst = asked.length === 1
      const toolCalls = [{ id: '1', name: 'noop', arguments: '{}', metadata }]
      const usage = { promptTokens: 1, completionTokens: 1 }
      const rest = { finish: 'stop' as const, usage, metadata, thought: 'hm' }
      return { content: isFirst ? '' : 'done', toolCalls: isFirst ? toolCalls : [], ...rest }
    },
  }
  const own = { name: 'a', model, tools: [noop], maxToolIterations: 2 }
  const agent = assistantAgent(own)
  await agent.run({ task: 'go' })
  const other = assistantAgent(own)
  other.loadState(JSON.parse(JSON.stringify(agent.saveState())))
  await other.run({ task: 'again' })
  for (const messages of [asked[1], asked[2]]) {
    const answer = messages?.find(({ role }) => role === 'assistant')
    expect(answer).toMatchObject({ metadata, thought: 'hm', toolCalls: [{ metadata }] })
  }
})

test('pieces of a thought and of tool input are shown as they come', async () => {
  const usage = { promptTokens: 1, completionTokens: 1 }
  const result = { content: 'so', toolCalls: [], finish: 'stop', usage } as const
  const model: ModelClient = {
    ...scriptedModel([]),
    async *stream() {
      yield { kind: 'thought', text: 'hm' }
      yield { kind: 'tool-input', callId: '1', name: 'look', text: '{"a' }
      yield { kind: 'chunk', text: 'so' }
      yield { kind: 'result', result }
    },
  }
  const items = await itemsOf(
    assistantAgent({ name: 'a', model, stream: 'chunks' }).runStream({ task: 'go' }),
  )
  const pieces = items.filter((item) => 'messageId' in item)
  expect(pieces).toMatchObject([
    { kind: 'thought-chunk', content: 'hm' },
    { kind: 'tool-input', callId: '1', name: 'look', content: '{"a' },
    { kind: 'chunk', content: 'so' },
  ])
})

test('a tool gives pictures, which a model that can’t see is told of', async () => {
  const picture = { kind: 'image', mediaType: 'image/png', data: 'AA==' } as const
  const draw = tool({
    ...{ name: 'draw', description: '', parameters: z.object({}) },
    run: () => toolContent([{ kind: 'text', text: 'here' }, picture]),
  })
  for (const vision of [true, false]) {
    const script = [{ toolCalls: [{ name: 'draw', arguments: {} }] }, 'seen']
    const model = scriptedModel(script, { capabilities: { vision } })
    const own = assistantAgent({ name: 'a', model, tools: [draw], maxToolIterations: 2 })
    await own.run({ task: 'go' })
    const shown = model.calls[1]?.messages.find(({ role }) => role === 'tool')
    const content = vision ? [{ kind: 'text', text: 'here' }, picture] : 'here <image>'
    expect(shown).toMatchObject({ results: [{ content }] })
  }
  await expectRefusal(() => toolContent([]), 'HEDDLE_INVALID_TOOL')
  await expectRefusal(() => toolContent([{ kind: 'film' } as never]), 'HEDDLE_INVALID_TOOL')
})

test('what a tool shows while it runs is an event, and nothing is shown once it is over', async () => {
  let late = (_: unknown) => {}
  const dig = tool({
    ...{ name: 'dig', description: '', parameters: z.object({}) },
    run: (_, { progress }) => {
      late = progress
      progress('half')
      progress({ done: 0.9 })
      progress(() => {})
    },
  })
  const model = scriptedModel([{ toolCalls: [{ name: 'dig', arguments: {} }] }, 'dug'])
  const own = assistantAgent({ name: 'a', model, tools: [dig], maxToolIterations: 2 })
  const items: RunItem[] = []
  for await (const item of own.runStream({ task: 'go' })) {
    if (item.kind === 'tool-results') late('too late')
    items.push(item)
  }
  const results = items.flatMap((item) => (item.kind === 'tool-results' ? item.results : []))
  const about = { kind: 'tool-progress', source: 'a', callId: results[0]?.callId, name: 'dig' }
  expect(items.filter(({ kind }) => kind === 'tool-progress')).toEqual([
    { ...about, content: 'half' },
    { ...about, content: { done: 0.9 } },
  ])
  expect(results).toMatchObject([{ isError: true, content: expect.stringContaining("'dig'") }])
})
