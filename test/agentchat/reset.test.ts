/** What a conversation that was reset keeps: which numbers were used, and nothing else. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import type { RunItem } from '../../src/agentchat/runs/task.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { shop } from '../fixtures/chat/effects.team.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'

/** The ids of all messages that a run shows. */
async function idsIn(items: AsyncIterable<RunItem>): Promise<string[]> {
  const ids: string[] = []
  for await (const item of items) if ('id' in item) ids.push(item.id)
  return ids
}

describe.each(KINDS)('on $name', ({ start }) => {
  test('it keeps one number, and gives no id twice', async () => {
    const task = `buys ${join(tempFolder('reset'), 'log')}`
    const runtime = await start({ agents: shop.agents })
    const conversation = shop.conversation(runtime, 'c')
    const before = await idsIn(conversation.runStream({ task }))
    await conversation.reset()
    expect((await runtime.saveState()).agents).toEqual({ 'shop/c': { numbered: '2' } })
    expect(runtime.stats().keys).toBe(1)
    const after = await idsIn(conversation.runStream({ task }))
    expect(before.length).toBeGreaterThan(1)
    expect(new Set([...before, ...after]).size).toBe(before.length + after.length)
    await conversation.reset()
    expect(Object.keys((await runtime.saveState()).agents)).toEqual(['shop/c'])
  })

  test('nothing, where it was never run', async () => {
    const runtime = await start({ agents: shop.agents })
    await shop.conversation(runtime, 'c').reset()
    expect([runtime.stats().keys, (await runtime.saveState()).agents]).toEqual([0, {}])
  })
})

describe('with a team in it and one behind a tool', () => {
  const model = scriptedModel(({ messages, caller }) => {
    if (!caller.key.endsWith('/asker') || messages.at(-1)?.role === 'tool') return 'well'
    return { toolCalls: [{ name: 'desk', arguments: { task: 'help' } }] }
  })
  const assistant = (name: string) => assistantAgent({ name, model, system: null })
  const inner = defineTeam({
    name: 'inner',
    participants: [assistant('deep')],
    flow: roundRobin(),
    budget: { turns: 1 },
  })
  const desk = agentTool(assistant('desk'))
  const asker = assistantAgent({ name: 'asker', model, system: null, tools: [desk] })
  const team = defineTeam({
    name: 'outer',
    participants: [asker, inner],
    flow: roundRobin(),
    budget: { turns: 2 },
  })

  test('all parts are forgotten, and go on from one number', async () => {
    const runtime = await SingleThreadedRuntime.start({ agents: team.agents, report: 'off' })
    const conversation = team.conversation(runtime, 'c')
    const ids: string[] = []
    for (let at = 0; at < 3; at++) {
      ids.push(...(await idsIn(conversation.runStream({ task: 'go' }))))
      await conversation.reset()
      const { agents } = await runtime.saveState()
      expect(Object.entries(agents)).toEqual([['outer/c', { numbered: expect.any(String) }]])
    }
    expect(ids.length).toBeGreaterThan(9)
    expect(new Set(ids).size).toBe(ids.length)
    await runtime.stop()
  })

  test('what it kept is saved and loaded', async () => {
    const first = await SingleThreadedRuntime.start({ agents: team.agents, report: 'off' })
    const conversation = team.conversation(first, 'c')
    const before = await idsIn(conversation.runStream({ task: 'go' }))
    await conversation.reset()
    const saved = JSON.parse(JSON.stringify(await conversation.saveState()))
    await first.stop()
    const second = await SingleThreadedRuntime.start({ agents: team.agents, report: 'off' })
    const other = team.conversation(second, 'c')
    await other.loadState(saved)
    const after = await idsIn(other.runStream({ task: 'go' }))
    expect(new Set([...before, ...after]).size).toBe(before.length + after.length)
    await second.stop()
  })
})
