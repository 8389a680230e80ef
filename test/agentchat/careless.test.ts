/**
 * Useless values from agents, tools and flows are refused where they are given, and the run, its
 * stream and the kept state stay sound.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { CALL_NAMES, careless, GARBAGE } from '../fixtures/chat/careless.team.ts'
import { itemsOf, said } from './autogen/cast.ts'

onBothRuntimes('a careless agent', ({ name, share }) => {
  const runtimeOf = share({ agents: careless.agents })

  test.each(Object.entries(GARBAGE))('%s: its run fails, and says so', async (wish, [, part]) => {
    const conversation = careless.conversation(runtimeOf(), wish)
    const items = await itemsOf(conversation.runStream({ task: wish }))
    expect(items.map(({ kind }) => kind)).toEqual(['text', 'speakers', 'result'])
    const last = items.at(-1)
    expect(last).toMatchObject({
      stopReason: {
        kind: 'failed',
        source: 'q',
        error: { code: 'HEDDLE_INVALID_CHAT_AGENT' },
        text: expect.stringContaining(part),
      },
    })
    const saved = JSON.parse(JSON.stringify(await conversation.saveState()))
    expect(saved.speakers.q.history).toEqual([])
    await conversation.loadState(saved)
  })

  test.each(['the flow shows null', 'the flow shows a message'])('%s', async (task) => {
    const items = await itemsOf(careless.conversation(runtimeOf(), task).runStream({ task }))
    expect(items.map(({ kind }) => kind)).toEqual(['text', 'result'])
    expect(items.at(-1)).toMatchObject({
      stopReason: { kind: 'failed', error: { code: 'HEDDLE_INVALID_TEAM' } },
    })
  })

  test.each(CALL_NAMES)('%s of a team within its turn', async (call) => {
    const { messages } = await careless.conversation(runtimeOf(), call).run({ task: call })
    // On one thread, these calls are accepted within a turn, here for a conversation that has no
    // run.
    const isHeard = name === 'SingleThreadedRuntime' && ['pause', 'resume', 'stop'].includes(call)
    const answer = isHeard ? 'well' : 'HEDDLE_INSIDE_TURN'
    expect(said({ messages })[1]).toBe(`q: ${answer}`)
  })
})

describe('alone', () => {
  test.each(Object.entries(GARBAGE))('an agent that %s', async (_, [act, part]) => {
    const agent = defineChatAgent({
      name: 'q',
      respond: async (_, context) => {
        act(context)
        return { kind: 'input', prompt: 'never' }
      },
    })
    const items = await itemsOf(agent.runStream({ task: 'x' }))
    expect(items.at(-1)).toMatchObject({
      kind: 'result',
      stopReason: { kind: 'failed', text: expect.stringContaining(part) },
    })
    agent.loadState(agent.saveState())
  })

  test('a tool that shows what is not an event gets an error, which its model sees', async () => {
    const shows = tool({
      ...{ name: 'shows', description: '', parameters: z.object({}) },
      run: (_, { emit }) => emit(null as never),
    })
    const model = scriptedModel([{ toolCalls: [{ name: 'shows', arguments: {} }] }, 'sorry'])
    const a = assistantAgent({ name: 'a', model, tools: [shows] })
    const items = await itemsOf(a.runStream({ task: 'x' }))
    const results = items.find(({ kind }) => kind === 'tool-results')
    expect(results).toMatchObject({
      results: [{ isError: true, content: expect.stringContaining("chat agent 'a'") }],
    })
    expect(items.at(-1)).toMatchObject({ stopReason: { kind: 'completed' } })
  })

  test('a message with a negative usage is refused', async () => {
    const usage = { promptTokens: -20, completionTokens: 0 }
    const message = { kind: 'text' as const, id: 'x', source: 'q', content: 'x', usage }
    const agent = defineChatAgent({
      name: 'q',
      respond: async () => ({ kind: 'message', message }),
    })
    const { stopReason } = await agent.run({ task: 'x' })
    expect(stopReason).toMatchObject({ kind: 'failed', text: expect.stringContaining('usage') })
    await expect(agent.run({ task: message })).rejects.toThrow('HEDDLE_INVALID_TASK')
  })
})
