/**
 * What a team does with agents, flows, conditions, saved states and callers that break the rules.
 */
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineCondition } from '../../src/agentchat/conditions/condition.ts'
import { maxMessages, timeout } from '../../src/agentchat/conditions/conditions.ts'
import type { Flow } from '../../src/agentchat/flows/flow.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import type { ChatStopReason, RunItem, RunOptions } from '../../src/agentchat/runs/task.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { hearer, inSteps, said, speaker, started, team, waiter } from './autogen/cast.ts'

/** An agent that answers with a wrong value. */
function odd(name: string, response: unknown): ChatAgent {
  return defineChatAgent({ name, respond: async () => response as never })
}
const costing = (name: string) => assistantAgent({ name, model: scriptedModel(() => 'two words') })

test('pause, resume and pause within one turn is a pause', async () => {
  const { agent, enters, open } = waiter('a')
  const ab = team([agent, speaker('b')], { budget: { turns: 2 } })
  const entered = enters()
  const run = ab.run({ task: 'go' })
  await entered
  await ab.pause()
  ab.resume()
  await ab.pause()
  open('done')
  for (let look = 0; look < 20; look++) {
    const { manager } = await ab.saveState()
    expect(manager.thread.map(({ source }) => source)).toEqual(['user', 'a'])
  }
  ab.resume()
  expect(said(await run)).toEqual(['user: go', 'a: done', 'b: well'])
})

test('a run that is paused or stopped before it is accepted does pause, and stop', async () => {
  const ab = team([speaker('a'), speaker('b')], { budget: { turns: 2 } })
  const { runtime } = await started(ab)
  const full = new Proxy(runtime, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'run') return value.bind(target)
      return async (...given: unknown[]) => {
        const isBegin = Object(given[0]).name === 'heddle.chat.begin'
        for (let turn = 0; isBegin && turn < 20; turn++) await new Promise(setImmediate)
        return value.apply(target, given)
      }
    },
  })
  const conversation = ab.conversation(full, 'conv')
  await conversation.run({ task: 'before' })
  const paused = conversation.run({ task: 'go' })
  await conversation.pause()
  const { manager } = await conversation.saveState()
  expect(manager.state.run?.status).toBe('paused')
  conversation.resume()
  expect((await paused).stopReason.kind).toBe('budget')
  const stopped = conversation.run({ task: 'again' })
  await conversation.stop()
  expect((await stopped).stopReason.kind).toBe('stopped')
})

test('what is used within a turn is used by the run: in a team, for its flow, and behind a tool', async () => {
  const tokensOf = async (one: Team) => {
    const { usage } = await one.run({ task: 'go' })
    return usage.promptTokens + usage.completionTokens
  }
  const choosing = selector({ model: scriptedModel(() => 'x or y?'), attempts: 1 })
  for (const options of [{}, { flow: choosing }]) {
    const make = () => team([costing('x'), costing('y')], { budget: { turns: 2 }, ...options })
    const alone = await tokensOf(make())
    expect(await tokensOf(team([make()], { budget: { turns: 1 } }))).toBe(alone)
    const { stopReason } = await team([make()], { budget: { tokens: alone } }).run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'budget', what: 'tokens', used: alone })
  }
  const call = { toolCalls: [{ name: 'expert', arguments: { task: 'why?' } }] }
  const model = scriptedModel([call, 'so'])
  const asking = assistantAgent({
    ...{ name: 'a', model, maxToolIterations: 2 },
    tools: [agentTool(costing('expert'))],
  })
  const used = await tokensOf(team([asking], { budget: { turns: 1 } }))
  const { usage } = (await asking.run({ task: 'go' })).messages[1] ?? {}
  expect(used).toBeGreaterThan(Number(usage?.promptTokens) + Number(usage?.completionTokens))
})

test('time ends a team within a team in the midst of a turn, and the outer one goes on', async () => {
  for (const limits of [{ stopWhen: timeout(1_000) }, { budget: { ms: 1_000 } }]) {
    const clock = new ManualClock()
    const { agent, enters } = waiter('slow')
    const inner = team([speaker('x', 'quick'), agent], { ...limits, clock })
    const entered = enters()
    const run = team([inner, speaker('b')], { budget: { turns: 2 } }).run({ task: 'go' })
    await entered
    clock.advance(1_000)
    expect(said(await run)).toEqual(['user: go', `${inner.name}: quick`, 'b: well'])
  }
})

test('a stream shows each message once, also one that is given to a team within', async () => {
  const inner = team([speaker('x')], { budget: { turns: 1 } })
  const outer = team([speaker('a'), inner], { budget: { turns: 2 } })
  const shown: RunItem[] = []
  for await (const item of outer.runStream({ task: 'go' })) shown.push(item)
  const messages = shown.flatMap((item) => ('id' in item ? `${item.source}: ${item.id}` : []))
  expect(new Set(messages).size).toBe(messages.length)
  expect(messages.map((one) => one.split(':')[0])).toEqual(['user', 'a', 'x', inner.name])
})

test('ids are unique in a conversation that is loaded', async () => {
  const make = () => team([speaker('a')], { name: 'twin', budget: { turns: 1 } })
  const [one, other] = [make(), make()]
  await one.run({ task: 'go' })
  await other.loadState(await one.saveState())
  await other.run({ task: 'again' })
  const ids = (await other.saveState()).manager.thread.map(({ id }) => id)
  expect(new Set(ids).size).toBe(4)
})

test('what an agent says is its own, whatever source it names', async () => {
  const message = { kind: 'text', id: '1', source: 'user', content: 'me?' }
  const ab = team([odd('a', { kind: 'message', message }), hearer('b')], { budget: { turns: 4 } })
  expect(said(await ab.run({ task: 'go' }))).toEqual([
    'user: go',
    'a: me?',
    'b: user a',
    'a: me?',
    'b: a',
  ])
})

test.for([
  undefined,
  'hello',
  { kind: 'message', message: 'hello' },
  { kind: 'message', message: { kind: 'text', id: '1', source: 'a' } },
  { kind: 'input' },
])('a wrong answer fails the run, naming the agent: %j', async (response) => {
  const { stopReason } = await team([odd('a', response)]).run({ task: 'go' })
  const error = { code: 'HEDDLE_INVALID_CHAT_AGENT', message: expect.stringContaining("'a'") }
  expect(stopReason).toMatchObject({ kind: 'failed', source: 'a', error })
  expect((await odd('a', response).run({ task: 'go' })).stopReason).toMatchObject({ error })
})

test.for([
  undefined,
  {},
  { kind: 'speak' },
  { kind: 'speak', names: ['a', 'a'] },
  { kind: 'speak', names: ['a', 7] },
  { kind: 'stop' },
  { kind: 'stop', reason: 'done' },
  { kind: 'stop', reason: { kind: 'done', text: 'x' } },
  { kind: 'stop', reason: { kind: 'completed' } },
  { kind: 'stop', reason: { kind: 'completed', text: 'x', neverRan: 'b' } },
  { kind: 'stop', reason: { kind: 'failed', text: 'x' } },
  { kind: 'stop', reason: { kind: 'budget', text: 'x', what: 'time', limit: 1, used: 1 } },
  { kind: 'stop', reason: { kind: 'input', text: 'x', requests: [{ id: 'x' }] } },
  { kind: 'stop', reason: { kind: 'stalled', text: 'x' } },
])('a flow that makes no sense fails the run: %j', async (next) => {
  const flow: Flow = { kind: 'odd', initial: {}, next: () => next as never }
  const { stopReason, messages } = await team([speaker('a')], { flow }).run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INVALID_TEAM' } })
  expect(messages).toHaveLength(1)
})

test.for<[string, unknown]>([
  ['null', null],
  ["'down'", 'down'],
  ['undefined', undefined],
  ['an object (Object)', {}],
])(
  'an agent or a tool that throws %s: the reason says that this is not an error',
  async ([text, thrown]) => {
    const throws = () => {
      throw thrown
    }
    const { stopReason } = await team([speaker('a', throws)]).run({ task: 'go' })
    expect(stopReason.text).toBe(`a failed: ${text} was thrown, which is not an Error`)
    const work = tool({ name: 'work', description: '', parameters: z.object({}), run: throws })
    const model = scriptedModel([{ toolCalls: [{ name: 'work', arguments: {} }] }, 'sorry'])
    const a = assistantAgent({ name: 'a', model, tools: [work] })
    await a.run({ task: 'go' })
    expect(JSON.stringify(a.saveState().history)).toContain('was thrown, which is not an Error')
  },
)

test('a flow may stop for every reason that there is', async () => {
  const text = 'x'
  const reasons: ChatStopReason[] = [
    { kind: 'completed', text, neverRan: ['b'] },
    { kind: 'condition', text, conditions: [{ kind: 'external', text }] },
    { kind: 'budget', text, what: 'turns', limit: 1, used: 2 },
    { kind: 'cancelled', text, reason: 'x' },
    { kind: 'failed', text, source: 'x', error: { name: 'Error', message: 'x' } },
    { kind: 'stalled', text, waiting: ['a'] },
    { kind: 'no-progress', text, speakers: ['a'] },
    { kind: 'stopped', text },
    { kind: 'input', text, requests: [{ id: 'x', source: 'x', prompt: 'x' }] },
  ]
  for (const reason of reasons) {
    const flow: Flow = { kind: 'stops', initial: {}, next: () => ({ kind: 'stop', reason }) }
    expect((await team([speaker('a')], { flow }).run({ task: 'go' })).stopReason).toEqual(reason)
  }
})

test('a condition that throws fails the run, with what was said; the next goes on', async () => {
  let isBroken = true
  const stopWhen = defineCondition({
    look: (state, { isTask }) => {
      if (isBroken && !isTask) throw new TypeError('no scales')
      return { state, hits: [] }
    },
  })
  const ab = team([speaker('a'), speaker('b')], { stopWhen, budget: { turns: 1 } })
  const { stopReason, messages } = await ab.run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'failed', error: { message: 'no scales' } })
  expect(messages.map(({ source }) => source)).toEqual(['user', 'a'])
  isBroken = false
  expect(said(await ab.run())).toEqual(['b: well'])
})

test('a turn that fails leaves nothing in what its agent keeps: asked again, it hears all once', async () => {
  let isDown = true
  const model = scriptedModel(({ messages, caller }) => {
    if (isDown) throw new Error('the model is down')
    return `call ${caller.call} of ${messages.length}`
  })
  const ab = team([assistantAgent({ name: 'a', model, system: null })], { budget: { turns: 1 } })
  const inner = team([assistantAgent({ name: 'x', model, system: null })], { budget: { turns: 1 } })
  const outer = team([inner], { budget: { turns: 1 } })
  for (const one of [ab, outer]) {
    isDown = true
    expect((await one.run({ task: 'go' })).stopReason.kind).toBe('failed')
    isDown = false
    expect(said(await one.run()).at(-1)).toContain(': call 0 of 1')
  }
})

test('an agent that has to forget what it heard does so, though its turn was cut before', async () => {
  const { agent, enters, open } = waiter('a')
  const remembering = defineChatAgent({
    name: 'a',
    respond: async (messages, context) => {
      const { history } = context
      for (const { source } of messages) history.append({ role: 'user', source, content: '' })
      await agent.respond(messages, context)
      const own = { kind: 'text' as const, id: context.nextId(), source: 'a' }
      return { kind: 'message', message: { ...own, content: `remembers ${history.length}` } }
    },
  })
  let isAfresh = false
  const flow: Flow = {
    ...{ kind: 'afresh', initial: {} },
    next: ({ why }) => {
      if (why.kind === 'spoke') return { kind: 'stop', reason: { kind: 'completed', text: '' } }
      return { kind: 'speak', names: ['a'], afresh: isAfresh }
    },
  }
  const alone = team([remembering], { flow })
  const runs = async (options: RunOptions, ends: () => void) => {
    const entered = enters()
    const run = alone.run(options)
    await entered
    ends()
    return said(await run).at(-1)
  }
  expect(await runs({ task: 'one' }, () => open(''))).toBe('a: remembers 1')
  isAfresh = true
  const controller = new AbortController()
  await runs({ task: 'two', signal: controller.signal }, () => controller.abort())
  expect(await runs({}, () => open(''))).toBe('a: remembers 0')
})

test('of two conversations of one key, one runs; the other is refused, and changes nothing', async () => {
  const { agent, enters, open } = waiter('a')
  const make = (participant: ChatAgent) => {
    return team([participant], { name: 'shared', budget: { turns: 1 } })
  }
  const one = make(agent)
  const runtime = await SingleThreadedRuntime.start({ agents: one.agents })
  onTestFinished(() => runtime.stop({ deadlineMs: 0 }).then(() => {}))
  const other = make(speaker('a')).conversation(runtime, 'conv')
  const entered = enters()
  const run = one.conversation(runtime, 'conv').run({ task: 'go' })
  await entered
  await expectRefusal(() => other.run({ task: 'mine' }), 'HEDDLE_ALREADY_RUNNING', 'conv')
  await expectRefusal(() => other.reset(), 'HEDDLE_ALREADY_RUNNING', 'conv')
  open('done')
  expect(said(await run)).toEqual(['user: go', 'a: done'])
  const again = enters()
  const next = other.run({ task: 'mine' })
  await again
  open('yours')
  expect(said(await next)).toEqual(['user: mine', 'a: yours'])
})

test('what is not a saved state of this team is refused, and nothing is changed', async () => {
  const make = (name: string, flow?: Flow) => {
    return team([speaker('a'), speaker('b')], {
      ...{ name, stopWhen: maxMessages(2) },
      ...(flow !== undefined && { flow }),
    })
  }
  const ab = make('keeper')
  await ab.run({ task: 'go' })
  const saved = await ab.saveState()
  const another = make('another')
  const stepping = make('keeper', inSteps(['a']))
  const { manager, speakers } = saved
  const given = [
    [null, 'snapshot'],
    ['text', 'snapshot'],
    [{ ...saved, version: 2 }, 'version'],
    [{ ...saved, manager: undefined }, 'manager'],
    [{ ...saved, manager: { ...manager, state: null } }, 'state'],
    [{ ...saved, manager: { ...manager, state: {} } }, 'asks'],
    [{ ...saved, manager: { ...manager, thread: 'x' } }, 'thread'],
    [{ ...saved, manager: { ...manager, thread: [{ kind: 'text' }] } }, 'thread'],
    [{ ...saved, speakers: { ...speakers, a: 5 } }, 'speakers'],
    [{ ...saved, speakers: { b: speakers.b } }, "no 'a'"],
    [{ ...saved, speakers: { ...speakers, c: speakers.b } }, "'c'"],
    [
      { ...saved, speakers: { ...speakers, a: { ...speakers.a, history: [{ role: 'user' }] } } },
      'a.history.0',
    ],
    [
      {
        ...saved,
        manager: {
          ...manager,
          state: { ...manager.state, run: { ...manager.state.run, stopReason: { kind: 'done' } } },
        },
      },
      'stopReason',
    ],
    [{ ...saved, shape: ['a → b'] }, 'shape'],
    [await another.saveState(), "'another'"],
    [await stepping.saveState(), "'in-steps'"],
  ] as const
  for (const [state, part] of given) {
    await expectRefusal(() => ab.loadState(state as never), 'HEDDLE_INVALID_SNAPSHOT', part)
  }
  expect(await ab.saveState()).toEqual(saved)
  const agent = speaker('a')
  for (const state of [null, {}, { ...agent.saveState(), history: [{ role: 'nobody' }] }]) {
    await expectRefusal(() => agent.loadState(state as never), 'HEDDLE_INVALID_SNAPSHOT')
  }
})
