/**
 * A team within a team, behind a tool or in a society of mind is a conversation of its own:
 * nobody's turn lasts as long as another's run, and whoever controls the run reaches all that is
 * part of it.
 */
import { setEnvironmentData } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { timeout } from '../../src/agentchat/conditions/conditions.ts'
import type { Conversation } from '../../src/agentchat/conversations/conversation.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import type { InputRequest, RunOptions, TaskResult } from '../../src/agentchat/runs/task.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { DOOR, reunion } from '../fixtures/chat/meeting.team.ts'
import { survey } from '../fixtures/chat/nested.team.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { inSteps, itemsOf, said, speaker, team, waiter } from './autogen/cast.ts'
import { asking, asks, mindOf, outer } from './nested-cast.ts'

async function started(own: Team, options = {}): Promise<Conversation> {
  const runtime = await SingleThreadedRuntime.start({ agents: own.agents, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return own.conversation(runtime, 'conv')
}

async function turnsOfTheLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Each place where a team can be part of another one, and how its last message is heard. */
const PLACES: Record<string, (inner: Team) => { readonly own: Team; readonly last: RegExp }> = {
  'as a participant': (inner) => ({ own: outer([inner]), last: /^inner: / }),
  'two levels down': (inner) => ({
    own: outer([outer([inner], 'middle')]),
    last: /^middle: /,
  }),
  'behind a tool': (inner) => ({ own: outer([asking('ann', inner)]), last: /^ann: so: / }),
  'in a society of mind': (inner) => ({ own: outer([mindOf(inner)]), last: /^mind: / }),
}

describe.each(Object.entries(PLACES))('a team %s', (_, place) => {
  test('runs for longer than a turn may take', async () => {
    const clock = new ManualClock()
    const slow = speaker('slow', async () => {
      clock.advance(90) // of the 100 that a turn may take
      await new Promise((resolve) => setImmediate(resolve))
      return 'done'
    })
    const inner = team([slow], { name: 'inner', budget: { turns: 10 } })
    const { own, last } = place(inner)
    const conversation = await started(own, { clock, turnTimeoutMs: 100 })
    const result = await conversation.run({ task: 'go' })
    expect(said(result).at(-1)).toMatch(last)
    expect(clock.now()).toBe(900)
  })

  test('is ended by its own time while it speaks, and the outer one goes on', async () => {
    for (const limits of [{ stopWhen: timeout(1_000) }, { budget: { ms: 1_000 } }]) {
      const clock = new ManualClock()
      const { agent, enters } = waiter('hangs')
      const inner = team([speaker('quick'), agent], { name: 'inner', ...limits, clock })
      const { own, last } = place(inner)
      const conversation = await started(own)
      const entered = enters()
      const run = conversation.run({ task: 'go' })
      await entered
      clock.advance(1_000)
      expect(said(await run).at(-1)).toMatch(last)
    }
  })

  test('is ended by its own time while its flow decides', async () => {
    const clock = new ManualClock()
    const asked = Promise.withResolvers<void>()
    const model = scriptedModel(() => {
      asked.resolve()
      return new Promise<never>(() => {})
    })
    const inner = team([speaker('a'), speaker('b')], {
      ...{ name: 'inner', flow: selector({ model }), budget: { ms: 1_000 }, clock },
    })
    const { own, last } = place(inner)
    const conversation = await started(own)
    const run = conversation.run({ task: 'go' })
    await asked.promise
    clock.advance(1_000)
    expect(said(await run).at(-1)).toMatch(last)
  })

  test('is ended with the outer one while its flow decides, and paused', async () => {
    let asked = Promise.withResolvers<void>()
    const model = scriptedModel(({ messages }) => {
      asked.resolve()
      return messages.length > 1_000 ? 'a' : new Promise<never>(() => {})
    })
    const inner = team([speaker('a'), speaker('b')], { name: 'inner', flow: selector({ model }) })
    const conversation = await started(place(inner).own)
    const run = conversation.run({ task: 'go' })
    await asked.promise
    await conversation.pause()
    await conversation.saveState() // nothing of it is under way
    asked = Promise.withResolvers()
    conversation.resume()
    await asked.promise
    await conversation.stop()
    expect((await run).stopReason.kind).toBe('stopped')
  })

  test('lets nobody begin while the outer one pauses', async () => {
    const first = waiter('first')
    let asked = 0
    const second = speaker('second', () => `${++asked}`)
    const inner = team([first.agent, second], { name: 'inner', budget: { turns: 2 } })
    const { own, last } = place(inner)
    const conversation = await started(own)
    const entered = first.enters()
    const run = conversation.run({ task: 'go' })
    await entered
    await conversation.pause()
    await turnsOfTheLoop(20) // it goes down to the inner one
    first.open('well')
    await conversation.saveState() // when nothing of it is under way
    expect(asked).toBe(0)
    let isAnew = false
    void first.enters().then(() => {
      isAnew = true
      first.open('again')
    })
    conversation.resume()
    expect(said(await run).at(-1)).toMatch(last)
    expect({ asked, isAnew }).toEqual({ asked: 1, isAnew: false })
  })

  test('fails by name, and goes on with the next run', async () => {
    let fails = true
    const broken = speaker('broken', () => {
      if (!fails) return 'mended'
      fails = false
      throw new Error('no power')
    })
    const inner = team([broken], { name: 'inner', budget: { turns: 1 } })
    const { own, last } = place(inner)
    const conversation = await started(own)
    const first = await conversation.run({ task: 'go' })
    const text = JSON.stringify([first.stopReason, first.messages])
    expect(text).toMatch(/(inner|middle\/inner|ann\/inner|mind\/inner)\/broken/)
    expect(text).toContain('no power')
    if (first.stopReason.kind !== 'failed') return // its tool's result says so
    expect(said(await conversation.run()).at(-1)).toMatch(last)
  })

  test('uses the budget of the outer one', async () => {
    const costing = assistantAgent({
      name: 'costing',
      model: scriptedModel(() => 'a b c d e f g h'),
      system: null,
    })
    const inner = team([costing], { name: 'inner', budget: { turns: 50 } })
    const { own } = place(inner)
    const whole = defineTeam({
      name: 'whole',
      participants: [own],
      flow: roundRobin(),
      budget: { tokens: 60, turns: 9 },
    })
    const { stopReason, usage } = await (await started(whole)).run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'budget', what: 'tokens', limit: 60 })
    // the call that reaches the limit is the last one
    expect(usage.promptTokens + usage.completionTokens).toBeLessThan(60 + 60)
  })
})

test('its time ends nobody beside it', async () => {
  const clock = new ManualClock()
  const ended = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const hangs = speaker('hangs', (_, { signal }) => {
    entered.resolve()
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        ended.resolve()
        reject(signal.reason)
      })
    })
  })
  const inner = team([hangs], { name: 'inner', budget: { ms: 1_000 }, clock })
  const beside = waiter('beside')
  const both = inSteps(['inner', 'beside'])
  const conversation = await started(team([inner, beside.agent], { name: 'outer', flow: both }))
  const entering = Promise.all([entered.promise, beside.enters()])
  const run = conversation.run({ task: 'go' })
  await entering
  clock.advance(1_000)
  await ended.promise
  beside.open('well')
  expect(said(await run)).toEqual([
    'user: go',
    'inner: Nobody had anything to say.',
    'beside: well',
  ])
})

test('its time begins anew with each of its runs', async () => {
  const clock = new ManualClock()
  const slow = speaker('slow', async () => {
    clock.advance(600) // of the 1000 that a run may take
    await new Promise((resolve) => setImmediate(resolve))
    return 'done'
  })
  const inner = team([slow], { name: 'inner', budget: { turns: 1, ms: 1_000 }, clock })
  const conversation = await started(team([inner], { name: 'outer', budget: { turns: 3 } }))
  const result = await conversation.run({ task: 'go' })
  expect(said(result)).toEqual(['user: go', 'inner: done', 'inner: done', 'inner: done'])
})

test('what the first ask of a turn has used, the second may not', async () => {
  let times = 0
  const noop = tool({
    ...{ name: 'noop', description: '', parameters: z.object({}) },
    run: () => `${++times}`,
  })
  const call = { name: 'noop', arguments: {} }
  const model = scriptedModel(() => ({ toolCalls: [call, call] }))
  const busy = assistantAgent({ name: 'busy', model, tools: [noop] })
  const inner = team([busy], { name: 'inner', budget: { turns: 1 } })
  const both = { toolCalls: [...asks('inner').toolCalls, ...asks('inner').toolCalls] }
  const ann = assistantAgent({
    ...{ name: 'ann', tools: [agentTool(inner)], maxToolIterations: 2 },
    model: scriptedModel(({ messages }) => (messages.at(-1)?.role === 'tool' ? 'so' : both)),
  })
  await team([ann], { budget: { toolCalls: 5, turns: 1 } }).run({ task: 'go' })
  // two calls of ann and two of busy: of the next two, the second is refused before any is made
  expect(times).toBe(2)
})

test('its branches run on different lanes', async () => {
  setEnvironmentData(DOOR, new Int32Array(new SharedArrayBuffer(4)))
  const runtime = await ThreadedRuntime.start({ agents: reunion.agents, lanes: 2 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const result = await reunion.conversation(runtime, 'conv').run({ task: 'meet' })
  expect(said(result)).toEqual(['user: meet', 'meeting: met'])
})

test('whoever asks a human is named by the path to it, and each can be answered on its own', async () => {
  const conversation = await started(survey)
  const asked: string[][] = []
  let options: RunOptions = { task: 'go' }
  for (;;) {
    const items = await itemsOf(conversation.runStream(options))
    const shown = items.flatMap((item) => (item.kind === 'input-requested' ? item.source : []))
    const { stopReason } = items.at(-1) as TaskResult
    if (stopReason.kind !== 'input') break
    const sources = stopReason.requests.map(({ source }) => source)
    if (shown.length > 0) expect(shown).toEqual(sources)
    asked.push(sources)
    if (asked.length > 4) break
    const { id } = stopReason.requests.at(-1) as InputRequest
    options = { input: { [id]: 'yes' } } // the one who was asked last, alone
  }
  expect(asked).toEqual([
    ['office/desk/eve', 'office/desk/jo'],
    ['office/desk/eve'],
    ['clerk/form/eve', 'clerk/form/jo'],
    ['clerk/form/eve'],
  ])
})

test('an agent that runs alone asks teams, and keeps what they keep', async () => {
  const counting = speaker('a', (_, { state }) => {
    state.times = Number(state.times ?? 0) + 1
    return `time ${state.times}`
  })
  const inner = team([counting], {
    ...{ name: 'inner', budget: { turns: 1 } },
  })
  const make = () => asking('ann', inner)
  const ann = make()
  expect(said(await ann.run({ task: 'go' })).at(-1)).toBe('ann: so: time 1')
  const saved = JSON.parse(JSON.stringify(ann.saveState()))
  expect(said(await ann.run({ task: 'go' })).at(-1)).toBe('ann: so: time 2')
  const other = make()
  other.loadState(saved)
  expect(said(await other.run({ task: 'go' })).at(-1)).toBe('ann: so: time 2')
  ann.reset()
  expect(said(await ann.run({ task: 'go' })).at(-1)).toBe('ann: so: time 1')
})

test('a society of mind sums up all that was said for it, before and after a human was asked', async () => {
  const human = userProxyAgent({ name: 'human' })
  const inner = team([speaker('a', 'first'), human, speaker('b', 'last')], {
    ...{ name: 'inner', budget: { turns: 3 } },
  })
  const alone = mindOf(inner)
  const shown = (one: ChatAgent | Team) => async () => {
    const { stopReason } = await one.run({ task: 'go' })
    const [request] = stopReason.kind === 'input' ? stopReason.requests : []
    return said(await one.run({ input: { [String(request?.id)]: 'then' } })).at(-1)
  }
  for (const one of [alone, outer([mindOf(inner)])]) {
    expect(await shown(one)()).toBe('mind: first then last')
  }
})

test('what a team says for an agent is shown once', async () => {
  const inner = team([speaker('a')], { name: 'inner', budget: { turns: 1 } })
  for (const own of [asking('ann', inner), mindOf(inner)]) {
    const shown = []
    for await (const item of outer([own]).runStream({ task: 'go' })) {
      if ('content' in item && item.kind === 'text') shown.push(item.source)
    }
    expect(shown).toEqual(['user', 'a', own.name])
  }
})

test('teams whose agents would be of one type are refused', async () => {
  const inner = team([speaker('b')], { name: 'a' })
  await expectRefusal(() => team([inner, speaker('a.b')]), 'HEDDLE_INVALID_TEAM', 'a.b')
})

test('a tool that asks a team is refused outside an assistant', async () => {
  const tool = agentTool(speaker('a'))
  const context = {
    ...{ callId: '1', agent: 'x', idempotencyKey: '1', emit: () => {}, progress: () => {} },
    signal: new AbortController().signal,
  }
  const result = await tool.call({ id: '1', name: 'a', arguments: '{"task":"x"}' }, context)
  expect(result).toMatchObject({ isError: true, content: expect.stringContaining('assistant') })
})
