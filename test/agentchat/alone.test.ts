/** What holds a run of an agent alone in its bounds, as a runtime does. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { runNode } from '../fixtures/run-node.ts'

const program = new URL('../fixtures/alone-late.ts', import.meta.url)
const turnTimeoutMs = 30
const never = () => new Promise<never>(() => {})
const timedOut = { kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT', fields: { limitMs: 30 } } }

const stuck = defineChatAgent({ name: 'stuck', turnTimeoutMs, respond: never })
const asks = (name: string) => scriptedModel(() => ({ toolCalls: [{ name, arguments: {} }] }))

describe('the time of a turn is limited', () => {
  test.each([
    ['a custom agent', stuck],
    [
      'an assistant whose model does not answer',
      assistantAgent({ name: 'stuck', model: scriptedModel(never), turnTimeoutMs }),
    ],
    [
      'an assistant whose tool does not answer',
      assistantAgent({
        name: 'stuck',
        model: asks('hang'),
        tools: [tool({ name: 'hang', description: '', parameters: z.object({}), run: never })],
        turnTimeoutMs,
      }),
    ],
  ])('of %s', async (_, agent) => {
    const { stopReason, messages } = await agent.run({ task: 'go' })
    expect(stopReason).toMatchObject({ ...timedOut, source: 'stuck' })
    expect(messages).toHaveLength(1)
    const seen: string[] = []
    for await (const item of agent.runStream({ task: 'go' })) seen.push(item.kind)
    expect(seen.at(-1)).toBe('result')
  })

  test('of an agent in a team that it asks', async () => {
    const inner = defineTeam({ name: 'desk', participants: [stuck], flow: roundRobin() })
    const desk = agentTool(inner, { description: 'helps' })
    const model = scriptedModel(({ messages }) => {
      const last = messages.at(-1)
      if (last?.role === 'tool') return JSON.stringify(last)
      return { toolCalls: [{ name: 'desk', arguments: { task: 'help' } }] }
    })
    const { stopReason, messages } = await assistantAgent({
      name: 'asker',
      model,
      tools: [desk],
    }).run({ task: 'go' })
    expect(JSON.stringify([stopReason, messages])).toContain('HEDDLE_TURN_TIMEOUT')
  })

  test('as in a team', async () => {
    const team = defineTeam({ name: 'team', participants: [stuck], flow: roundRobin() })
    const { stopReason } = await team.run({ task: 'go' })
    expect(stopReason).toMatchObject(timedOut)
  })

  test('for each turn by itself', async () => {
    let calls = 0
    const agent = defineChatAgent({
      name: 'once',
      turnTimeoutMs,
      respond: async (_, { nextId, signal }) => {
        if (calls++ === 0) await new Promise((resolve) => signal.addEventListener('abort', resolve))
        const message = { kind: 'text', id: nextId(), source: 'once', content: 'ok' } as const
        return { kind: 'message', message }
      },
    })
    expect((await agent.run({ task: 'go' })).stopReason).toMatchObject(timedOut)
    expect((await agent.run({ task: 'go' })).stopReason.kind).toBe('completed')
  })
})

describe.each(['once', 'own'])('a promise that an agent has forgotten: %s', (what) => {
  test.each(['during', 'with'])('fails the run %s which it rejects', async (when) => {
    const { code, stdout, stderr } = await runNode([program, when, what])
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'failed too late\nalive\n',
      stderr: '',
    })
  })

  test('is one line on stderr afterwards', async () => {
    const { code, stdout, stderr } = await runNode([program, 'after', what])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'completed \nalive\n' })
    expect(stderr).toMatch(
      /^error heddle: late error: loner, which ran alone, left work .*: Error: too late, at .*alone-late\.ts:\d+:\d+\n$/,
    )
  })
})

test('a listener of the program hears such an error as well', async () => {
  const { code, stdout, stderr } = await runNode([program, 'after', 'once', 'listens'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'completed \nheard too late\nalive\n' })
  expect(stderr).toContain('late error: loner')
})

test('the agent sees the stores of who runs it', async () => {
  const store = new AsyncLocalStorage<string>()
  const agent = defineChatAgent({
    name: 'seer',
    respond: async (_, { nextId }) => {
      const content = store.getStore() ?? 'nothing'
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: 'seer', content } }
    },
  })
  const { messages } = await store.run('mine', () => agent.run({ task: 'go' }))
  expect(messages.at(-1)).toMatchObject({ content: 'mine' })
})

test('errors of once say what there is alone', async () => {
  const texts: string[] = []
  let late = async (): Promise<unknown> => undefined
  const agent = defineChatAgent({
    name: 'greedy',
    respond: async (_, { once, nextId }) => {
      const keep = (error: Error) => void texts.push(error.message)
      await once('much', () => 'x'.repeat(17_000_000)).catch(keep)
      await once('much', () => 1).catch(keep)
      late = () => once('late', () => 1).catch(keep)
      const message = { kind: 'text', id: nextId(), source: 'greedy', content: 'ok' } as const
      return { kind: 'message', message }
    },
  })
  await agent.run({ task: 'go' })
  await late()
  expect(texts.join('\n')).not.toMatch(/turn\.once|onceBytes|alone/)
  expect(texts[0]).toContain("the turn of 'greedy' has no room to keep the result of 'much'")
  expect(texts[2]).toContain('context.once was called after')
})

test('a limit that there is not fails the run, although nobody waits for it', async () => {
  const { code, stdout, stderr } = await runNode([program, 'never', 'limit'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^failed no limit is named 'none'.*\nalive\n$/)
})
