/** Teams in teams, as newcomers use them: what outside use has broken. */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import type { SavedTeam } from '../../src/agentchat/conversations/saved-conversation.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { said, speaker, team, waiter } from './autogen/cast.ts'
import { asking, asks, mindOf, outer } from './nested-cast.ts'

describe('as newcomers use it', () => {
  const human = () => userProxyAgent({ name: 'eve', prompt: 'well?' })
  const requestsOf = ({ stopReason }: TaskResult) =>
    stopReason.kind === 'input' ? stopReason.requests : []
  /** An assistant that calls these tools at once, and then says what they gave. */
  const calling = (...tools: readonly (ChatAgent | Team)[]) => {
    const model = scriptedModel(({ messages }) => {
      const last = messages.at(-1)
      if (last?.role === 'tool') return last.results.map(({ content }) => content).join(' and ')
      return { toolCalls: tools.map(({ name }) => ({ name, arguments: { task: 'why?' } })) }
    })
    const named = [...new Map(tools.map((one) => [one.name, one])).values()]
    const behind = named.map((one) => agentTool(one))
    return assistantAgent({ name: 'ann', model, tools: behind, maxToolIterations: 2 })
  }
  const formOf = (name: string) => team([human()], { name, budget: { turns: 1 } })
  const answeredAll = async (own: ChatAgent | Team) => {
    let result = await own.run({ task: 'go' })
    const ids: string[] = []
    for (let asked = 0; requestsOf(result).length > 0; asked++) {
      ids.push(...requestsOf(result).map(({ id }) => id))
      const input = Object.fromEntries(
        requestsOf(result).map(({ id }, at) => [id, `${asked}${at}`]),
      )
      result = await own.run({ input })
    }
    return { result, ids }
  }

  test('two calls of one tool whose team asks a human are asked one after the other', async () => {
    for (const wrap of [(one: ChatAgent) => one, (one: ChatAgent) => outer([one])]) {
      const form = formOf('form')
      const { result, ids } = await answeredAll(wrap(calling(form, form)))
      expect(said(result).at(-1)).toBe('ann: 00 and 10')
      expect(new Set(ids).size).toBe(2)
    }
  })

  test('two tools whose teams ask humans have requests of their own', async () => {
    for (const wrap of [(one: ChatAgent) => one, (one: ChatAgent) => outer([one])]) {
      const { result, ids } = await answeredAll(wrap(calling(formOf('f'), formOf('g'))))
      expect(said(result).at(-1)).toBe('ann: 00 and 01')
      expect(new Set(ids).size).toBe(2)
    }
  })

  test('what was heard in a turn that another task drops is heard once', async () => {
    const hearing = team([speaker('q', (messages) => messages.map(textOf).join(' ')), human()], {
      ...{ name: 'hearing', budget: { turns: 2 } },
    })
    const model = scriptedModel(({ messages }) => {
      const users = messages.flatMap((one) => (one.role === 'user' ? String(one.content) : []))
      if (users.at(-1) === 'two') return users.join(' ')
      return { toolCalls: [{ name: 'hearing', arguments: { task: 'why?' } }] }
    })
    const tools = [agentTool(hearing)]
    const asks = () => assistantAgent({ name: 'ann', model, tools, system: null })
    for (const own of [asks(), outer([asks()])]) {
      await own.run({ task: 'one' })
      expect(said(await own.run({ task: 'two' })).at(-1)).toBe('ann: one two')
    }
    const own = outer([hearing])
    await own.run({ task: 'one' })
    const { stopReason } = await own.run({ task: 'two' })
    const saved = (await own.saveState()).speakers.hearing as SavedTeam
    expect(stopReason.kind).toBe('input')
    expect(saved.manager.thread.map(textOf)).toEqual(['one', 'one', 'two'])
  })

  test('tool calls that are used up within end the outer run, with its own limit', async () => {
    const noop = tool({ name: 'noop', description: '', parameters: z.object({}), run: () => 'ok' })
    const call = { name: 'noop', arguments: {} }
    const busy = assistantAgent({
      ...{ name: 'busy', tools: [noop], model: scriptedModel(() => ({ toolCalls: [call, call] })) },
    })
    const within = () => team([busy], { name: 'inner', budget: { turns: 1 } })
    for (const one of [busy, within(), mindOf(within())]) {
      const own = team([one], { budget: { toolCalls: 3, turns: 9 } })
      const { stopReason } = await own.run({ task: 'go' })
      expect(stopReason).toMatchObject({ kind: 'budget', what: 'toolCalls', limit: 3 })
    }
  })

  test('what a run that was cut has used is not counted again by the next one', async () => {
    const { agent, enters, open } = waiter('slow')
    const first = assistantAgent({ name: 'first', model: scriptedModel(() => 'x'), system: null })
    const inner = team([first, agent], { name: 'inner', budget: { turns: 2 } })
    // the model of the society says what was said, that of the assistant what it was answered
    for (const [own, before, tokens] of [
      [outer([inner]), 1, 0],
      [outer([mindOf(inner)]), 1, 2],
      [outer([asking('ann', inner)]), 3, 2],
    ] as const) {
      const entered = enters()
      const cut = own.run({ task: 'go' })
      await entered
      await own.stop()
      const { usage: used } = await cut
      expect(used.completionTokens).toBe(before)
      const again = enters()
      const next = own.run()
      await again
      open('y')
      const { usage } = await next
      expect(usage.completionTokens).toBe(tokens)
    }
  })

  test('what is retracted is by the name that its chunks have', async () => {
    const { agent, enters } = waiter('bob')
    const bob = speakerThatShows('bob', agent)
    for (const one of [outer([bob]), outer([team([bob], { name: 'inner', budget: {} })])]) {
      const entered = enters()
      const items: RunItem[] = []
      const reading = (async () => {
        for await (const item of one.runStream({ task: 'go' })) items.push(item)
      })()
      await entered
      await one.stop()
      await reading
      const sources = items.flatMap((item) =>
        item.kind === 'chunk' || item.kind === 'retracted' ? item.source : [],
      )
      expect(sources).toEqual(['bob', 'bob'])
    }
  })

  test('an agent with teams behind its tools runs within a turn, as others do', async () => {
    const inner = team([speaker('a')], { name: 'inner', budget: { turns: 1 } })
    const alone = calling(inner)
    const asking = speaker('host', async () => said(await alone.run({ task: 'go' })).at(-1) ?? '')
    expect(said(await outer([asking]).run({ task: 'go' })).at(-1)).toBe('host: ann: well')
    expect(said(await alone.run({ task: 'go' })).at(-1)).toBe('ann: well')
  })

  test('its time goes on where it was when the run was paused', async () => {
    const clock = new ManualClock()
    const [a, b] = [waiter('a'), waiter('b')]
    const limits = { budget: { ms: 1_000 }, clock }
    for (const own of [
      team([a.agent, b.agent], limits),
      outer([team([a.agent, b.agent], { name: 'inner', ...limits })]),
    ]) {
      const began = clock.now()
      const entered = [a.enters(), b.enters()]
      const running = own.run({ task: 'go' })
      await entered[0]
      clock.advance(600)
      await own.pause()
      a.open('one')
      await own.saveState()
      own.resume()
      await entered[1]
      clock.advance(400)
      await running
      expect(clock.now() - began).toBe(1_000)
    }
  })

  test('nobody begins after a pause, on any level', async () => {
    const [a, b] = [waiter('a'), waiter('b')]
    const inner = () => team([a.agent, b.agent], { name: 'inner', budget: { turns: 2 } })
    for (const own of [
      outer([inner()]),
      outer([outer([outer([inner()], 'low')], 'middle')]),
      outer([calling(inner())]),
      outer([mindOf(inner())]),
    ]) {
      const entered = a.enters()
      let hasBegun = false
      const begins = b.enters().then(() => {
        hasBegun = true
      })
      const running = own.run({ task: 'go' })
      await entered
      await own.pause()
      a.open('one')
      await own.saveState()
      expect(hasBegun).toBe(false)
      own.resume()
      await begins
      b.open('two')
      await running
    }
  })

  test('names that every object has are refused', async () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      await expectRefusal(() => speaker(name), 'HEDDLE_INVALID_CHAT_AGENT', name)
      await expectRefusal(() => team([speaker('a')], { name }), 'HEDDLE_INVALID_TEAM', name)
    }
  })

  test('teams behind tools and in societies count for the depth', () => {
    const inner = () => team([speaker('a')], { name: 'inner', budget: { turns: 1 } })
    expect(outer([calling(inner())]).depth).toBe(2)
    expect(outer([mindOf(inner())]).depth).toBe(2)
    expect(outer([calling(speaker('b'))]).depth).toBe(1)
  })

  test('a copy of a tool asks its team as well', async () => {
    const inner = team([speaker('a')], { name: 'inner', budget: { turns: 1 } })
    const model = scriptedModel(({ messages }) => {
      const last = messages.at(-1)
      return last?.role === 'tool' ? String(last.results[0]?.content) : asks('inner')
    })
    const tools = [{ ...agentTool(inner) }]
    const ann = assistantAgent({ name: 'ann', model, tools, maxToolIterations: 2 })
    expect(said(await outer([ann]).run({ task: 'go' })).at(-1)).toBe('ann: well')
  })

  test('no number is given twice in a conversation that is reset', async () => {
    const keys: string[] = []
    const pay = tool({
      ...{ name: 'pay', description: '', parameters: z.object({}) },
      run: (_, { idempotencyKey }) => keys.push(idempotencyKey),
    })
    const model = scriptedModel(() => ({ toolCalls: [{ name: 'pay', arguments: {} }] }))
    const own = team([assistantAgent({ name: 'a', model, tools: [pay] })], { budget: { turns: 1 } })
    const ids: string[] = []
    for (let time = 0; time < 3; time++) {
      ids.push(...(await own.run({ task: 'go' })).messages.map(({ id }) => id))
      await own.reset()
    }
    expect(new Set(keys).size).toBe(3)
    expect(new Set(ids).size).toBe(6)
  })
})

/** Shows a chunk before it does what the other one does. */
function speakerThatShows(name: string, { respond }: ChatAgent): ChatAgent {
  return defineChatAgent({
    name,
    respond: (messages, context) => {
      context.emit({ kind: 'chunk', source: name, messageId: 'x', content: 'half' })
      return respond(messages, context)
    },
  })
}
