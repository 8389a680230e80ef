/** Assistants and teams whose models are behind HTTP, on one thread and on lanes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import {
  type Asked,
  openOpenAIServer,
  type React,
  type Reaction,
} from '../fixtures/openai-server.ts'

let react: React
let server: Awaited<ReturnType<typeof openOpenAIServer>>
let fixture: typeof import('../fixtures/chat/served.team.ts')

beforeAll(async () => {
  server = await openOpenAIServer((asked, nth) => react(asked, nth))
  vi.stubEnv('HEDDLE_TEST_SERVED_URL', server.url)
  fixture = await import('../fixtures/chat/served.team.ts')
})
afterAll(() => {
  server.stop()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  react = plan
})

const says = (...text: string[]): Reaction => ({ kind: 'says', text })
const calls = (name: string, ...parts: string[]): Reaction => {
  return { kind: 'says', calls: [{ id: 'call_1', name, arguments: parts }] }
}

/** The guide asks for the weather, and hands over; the packer answers with a list. */
function plan({ messages }: Asked): Reaction {
  if (messages[0]?.content === 'You are the packer.') return says('{"items":', '["umbrella"]}')
  if (messages.at(-1)?.role !== 'tool') return calls('forecast', '{"city":', '"Vienna"}')
  return messages.some(({ tool_call_id }) => tool_call_id === 'call_2')
    ? says('Pack.')
    : { kind: 'says', calls: [{ id: 'call_2', name: 'transfer_to_packer', arguments: ['{}'] }] }
}

function lastOf({ messages, stopReason }: TaskResult) {
  const last = messages.at(-1)
  return [last?.source, last && textOf(last), stopReason.kind]
}

test('an assistant alone uses a tool, and shows its answer in pieces', async () => {
  react = ({ messages }) => {
    if (messages.at(-1)?.role === 'tool') return says('Take ', 'an umbrella.')
    return calls('forecast', '{"city":', '"Vienna"}')
  }
  const items: RunItem[] = []
  for await (const item of fixture.guide.runStream({ task: 'What do I need?' })) items.push(item)
  const result = items.at(-1) as TaskResult
  expect(lastOf(result)).toEqual(['guide', 'Take an umbrella.', 'completed'])
  expect(result.usage).toEqual({ promptTokens: 20, completionTokens: 10 })
  expect(items.filter(({ kind }) => kind === 'chunk')).toHaveLength(2)
  const { messages = [], tools } = server.asked.at(-1) ?? {}
  expect(messages.at(-1)).toMatchObject({ role: 'tool', content: 'rain in Vienna' })
  expect(tools?.map((one) => one.function.name)).toEqual(['forecast', 'transfer_to_packer'])
})

test('a call of an unknown tool is told to the model, which goes on', async () => {
  react = ({ messages }) => {
    return messages.at(-1)?.role === 'tool' ? says('So be it.') : calls('fly', '{}')
  }
  const result = await fixture.guide.run({ task: 'Fly!' })
  expect(lastOf(result)).toEqual(['guide', 'So be it.', 'completed'])
  expect(server.asked.at(-1)?.messages.at(-1)?.content).toBe("Error: there is no tool 'fly'")
})

test('a provider that refuses fails the run, with its code', async () => {
  react = () => ({ kind: 'sends', status: 429, body: { error: { message: 'slow down' } } })
  const { stopReason } = await fixture.guide.run({ task: 'Hello' })
  expect(stopReason).toMatchObject({
    kind: 'failed',
    error: { code: 'HEDDLE_MODEL_FAILED', fields: { status: 429, retryable: true } },
  })
})

describe.each(KINDS)('on $name', ({ start }) => {
  const begin = (lanes: number) => start({ agents: fixture.trip.agents, lanes })

  test('a team uses a tool, hands over, and ends with a structured answer', async () => {
    const runtime = await begin(2)
    const runs = ['a', 'b', 'c', 'd'].map((key) => {
      return fixture.trip.conversation(runtime, key).run({ task: 'What do I pack?' })
    })
    for (const result of await Promise.all(runs)) {
      expect(lastOf(result)).toEqual(['packer', '{"items":["umbrella"]}', 'condition'])
      expect(result.messages.at(-1)).toMatchObject({ content: { items: ['umbrella'] } })
    }
    const packed = server.asked.findLast(({ response_format }) => response_format !== undefined)
    expect(packed?.response_format).toMatchObject({ json_schema: { strict: true } })
  })

  test('a run that is cancelled in the middle of an answer closes its connection', async () => {
    const shown = Promise.withResolvers<void>()
    const left = Promise.withResolvers<void>()
    react = (asked) => {
      void server.leftBy(asked).then(left.resolve)
      const choices = [{ index: 0, delta: { content: 'Once' }, finish_reason: null }]
      return { kind: 'events', events: [{ choices }], end: 'stalled' }
    }
    const runtime = await begin(1)
    const ending = new AbortController()
    const conversation = fixture.trip.conversation(runtime, 'cancelled')
    const ended = (async () => {
      for await (const item of conversation.runStream({ task: 'Hi', signal: ending.signal })) {
        if (item.kind === 'chunk') shown.resolve()
        if (item.kind === 'result') return item
      }
      return undefined
    })()
    await shown.promise
    ending.abort('nobody waits for it any more')
    expect((await ended)?.stopReason).toMatchObject({
      kind: 'cancelled',
      reason: 'nobody waits for it any more',
    })
    await left.promise
    react = plan
    const again = await conversation.run({ task: 'Now?' })
    expect(lastOf(again)).toEqual(['packer', '{"items":["umbrella"]}', 'condition'])
  })
})
