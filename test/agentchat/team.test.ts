/** One team's runs: how they begin, are cut, go on, and end. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { externalStop, maxMessages, timeout } from '../../src/agentchat/conditions/conditions.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import type { TeamOptions } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

/** Says its name, and how many messages were new to it. */
function teller(name: string): ChatAgent {
  return defineChatAgent({
    name,
    respond: async (messages, { nextId }) => {
      const content = `${name} heard ${messages.length}`
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: name, content } }
    },
  })
}

/** Waits at its gate each time it is asked to speak. */
function waiter(name: string) {
  const entered: (() => void)[] = []
  let gate = Promise.withResolvers<string>()
  const agent = defineChatAgent({
    name,
    respond: async (_, { nextId, signal }) => {
      for (const tell of entered.splice(0)) tell()
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      const content = await Promise.race([gate.promise, aborted]).finally(() => {
        gate = Promise.withResolvers()
      })
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: name, content } }
    },
  })
  return {
    agent,
    enters: () => new Promise<void>((resolve) => entered.push(resolve)),
    open: (content: string) => gate.resolve(content),
    fail: (error: Error) => gate.reject(error),
  }
}

let teams = 0
function team(participants: TeamOptions['participants'], options: Partial<TeamOptions> = {}) {
  return defineTeam({ name: `team-${++teams}`, participants, flow: roundRobin(), ...options })
}

const said = ({ messages }: TaskResult) => messages.map((one) => `${one.source}: ${textOf(one)}`)
const two = () => team([teller('a'), teller('b')], { stopWhen: maxMessages(3) })

test('a speaker is shown what is new to it, and none of its own', async () => {
  const ab = team([teller('a'), teller('b')], { budget: { turns: 4 } })
  expect(said(await ab.run({ task: 'go' }))).toEqual([
    'user: go',
    'a: a heard 1',
    'b: b heard 2',
    'a: a heard 1',
    'b: b heard 1',
  ])
})

test('a condition belongs to its run: the next begins with a new one, and the speakers go on in turn', async () => {
  const ab = two()
  expect((await ab.run({ task: 'one' })).stopReason).toMatchObject({
    kind: 'condition',
    conditions: [{ kind: 'max-messages', limit: 3, count: 3 }],
  })
  expect(said(await ab.run({ task: 'two' }))).toEqual(['user: two', 'a: a heard 2', 'b: b heard 2'])
  expect(said(await ab.run())).toEqual(['a: a heard 1', 'b: b heard 1', 'a: a heard 1'])
})

test('reset forgets what was said, in the team and in its agents', async () => {
  const model = scriptedModel(({ messages }) => `shown ${messages.length}`)
  const one = team([assistantAgent({ name: 'a', model, system: null })], { budget: { turns: 1 } })
  await one.run({ task: 'x' })
  expect(said(await one.run({ task: 'x' }))[1]).toBe('a: shown 3')
  await one.reset()
  expect(said(await one.run({ task: 'x' }))).toEqual(['user: x', 'a: shown 1'])
})

test('a run that is cancelled ends at once; the next behaves like a first one, or resumes, as asked', async () => {
  for (const resumes of [true, false]) {
    const { agent, enters, open } = waiter('a')
    const ab = team([agent, teller('b')], { budget: { turns: 2 } })
    const controller = new AbortController()
    const entered = enters()
    const run = ab.run({ task: 'go', signal: controller.signal })
    await entered
    controller.abort('enough')
    expect((await run).stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
    const again = enters()
    const next = ab.run(resumes ? {} : { task: 'new' })
    await again
    open('done')
    const expected = resumes
      ? ['a: done', 'b: b heard 2']
      : ['user: new', 'a: done', 'b: b heard 3']
    expect(said(await next)).toEqual(expected)
  }
})

test('a run that is cancelled before it begins says nothing, and one that is cancelled while it begins ends', async () => {
  const ab = two()
  const signal = AbortSignal.abort('never')
  expect(await ab.run({ task: 'go', signal })).toMatchObject({
    messages: [],
    stopReason: { kind: 'cancelled' },
  })
  expect(said(await ab.run({ task: 'go' }))).toHaveLength(3)
})

test('a speaker that fails ends the run with its error; it is asked again when the run goes on', async () => {
  const { agent, enters, open, fail } = waiter('b')
  const ab = team([teller('a'), agent], { budget: { turns: 2 } })
  const entered = enters()
  const run = ab.run({ task: 'go' })
  await entered
  fail(new TypeError('no connection'))
  const { stopReason } = await run
  expect(stopReason).toMatchObject({
    kind: 'failed',
    source: 'b',
    error: { name: 'TypeError', message: 'no connection' },
  })
  const again = enters()
  const next = ab.run()
  await again
  open('better')
  expect(said(await next)).toEqual(['b: better', 'a: a heard 1'])
})

test('pause lets the speaker finish and nobody begin; resume goes on with the same run', async () => {
  const { agent, enters, open } = waiter('a')
  const ab = team([agent, teller('b')], { budget: { turns: 2 } })
  const entered = enters()
  let isOver = false
  const run = ab.run({ task: 'go' }).then((result) => {
    isOver = true
    return result
  })
  await entered
  await ab.pause()
  open('done')
  const saved = await ab.saveState()
  expect(isOver).toBe(false)
  expect(saved.manager.thread.map(({ source }) => source)).toEqual(['user', 'a'])
  ab.resume()
  expect(said(await run)).toEqual(['user: go', 'a: done', 'b: b heard 2'])
})

test('a paused run can be cancelled', async () => {
  const { agent, enters, open } = waiter('a')
  const ab = team([agent, teller('b')])
  const controller = new AbortController()
  const entered = enters()
  const run = ab.run({ task: 'go', signal: controller.signal })
  await entered
  await ab.pause()
  open('done')
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort('enough')
  expect((await run).stopReason.kind).toBe('cancelled')
})

test('stop cuts in during a turn, by a condition that looks for it, or by itself', async () => {
  for (const [stopWhen, kind] of [
    [externalStop(), 'condition'],
    [maxMessages(9), 'stopped'],
  ] as const) {
    const { agent, enters } = waiter('a')
    const ab = team([agent], { stopWhen })
    const entered = enters()
    const run = ab.run({ task: 'go' })
    await entered
    await ab.stop()
    expect((await run).stopReason.kind).toBe(kind)
  }
})

test('time cuts in during a turn', async () => {
  for (const [options, kind] of [
    [{ stopWhen: timeout(1_000) }, 'condition'],
    [{ budget: { ms: 1_000 } }, 'budget'],
  ] as const) {
    const clock = new ManualClock()
    const { agent, enters } = waiter('a')
    const ab = team([agent], { ...options, clock })
    const entered = enters()
    const run = ab.run({ task: 'go' })
    await entered
    clock.advance(999)
    clock.advance(1)
    expect((await run).stopReason.kind).toBe(kind)
  }
})

test('a human’s answer suspends the run; saved, it goes on elsewhere', async () => {
  const options = { flow: roundRobin(), budget: { turns: 3 } }
  const make = () => [teller('a'), userProxyAgent({ name: 'human' }), teller('b')]
  const here = defineTeam({ name: 'asking', participants: make(), ...options })
  const first = await here.run({ task: 'go' })
  expect(said(first)).toEqual(['user: go', 'a: a heard 1'])
  const { stopReason } = first
  expect(stopReason).toMatchObject({
    kind: 'input',
    requests: [{ source: 'human', prompt: 'a heard 1' }],
  })
  const saved = JSON.parse(JSON.stringify(await here.saveState()))
  const there = defineTeam({ name: 'asking', participants: make(), ...options })
  await there.loadState(saved)
  expect((await there.run()).stopReason.kind).toBe('input')
  expect(said(await there.run({ input: 'yes' }))).toEqual(['human: yes', 'b: b heard 3'])
})

test('budgets end a run: of turns, tokens and tool calls', async () => {
  const add = tool({ name: 'add', description: '', parameters: z.object({}), run: () => '1' })
  const asks = scriptedModel(() => ({ toolCalls: [{ name: 'add', arguments: {} }] }))
  const helper = () =>
    assistantAgent({ name: 'a', model: asks, tools: [add], maxToolIterations: 9 })
  const calls = await team([helper()], { budget: { toolCalls: 4 } }).run({ task: 'go' })
  expect(calls.stopReason).toMatchObject({ kind: 'budget', what: 'toolCalls', limit: 4 })
  const talks = scriptedModel(() => 'three words here')
  const talker = assistantAgent({ name: 'a', model: talks })
  const tokens = await team([talker], { budget: { tokens: 100 } }).run({ task: 'go' })
  expect(tokens.stopReason).toMatchObject({ kind: 'budget', what: 'tokens', limit: 100 })
  const { promptTokens, completionTokens } = tokens.usage
  expect(promptTokens + completionTokens).toBeGreaterThanOrEqual(100)
  const turns = await team([teller('a')], { budget: { turns: 2 } }).run({ task: 'go' })
  expect(turns.stopReason).toMatchObject({ kind: 'budget', what: 'turns', limit: 2, used: 2 })
})

test('one run of a conversation at a time; conversations of their own run at once', async () => {
  const { agent, enters, open } = waiter('a')
  const ab = team([agent], { budget: { turns: 1 } })
  const entered = enters()
  const run = ab.run({ task: 'go' })
  await entered
  await expectRefusal(() => ab.run({ task: 'go' }), 'HEDDLE_ALREADY_RUNNING', 'default')
  await expectRefusal(() => ab.reset(), 'HEDDLE_ALREADY_RUNNING')
  open('done')
  await run
  const runtime = await SingleThreadedRuntime.start({ agents: two().agents })
  await runtime.stop()
})

test('a stream shows messages and events as they come, and last the result; a reader that stops cancels the run', async () => {
  const ab = two()
  const kinds: string[] = []
  for await (const item of ab.runStream({ task: 'go' })) kinds.push(item.kind)
  expect(kinds).toEqual(['text', 'speakers', 'text', 'speakers', 'text', 'result'])
  for await (const item of ab.runStream({ task: 'again' })) if (item.kind === 'speakers') break
  expect(said(await ab.run({ task: 'once more' })).length).toBeGreaterThan(1)
})

test('a participant hears what its filter lets through, in the order in which it was said', async () => {
  const filter = { per: [{ source: 'b' }, { source: 'user', last: 1 }] }
  const hearing = defineChatAgent({
    name: 'c',
    respond: async (messages, { nextId }) => {
      const content = messages.map(({ source }) => source).join(' ')
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: 'c', content } }
    },
  })
  const abc = team([teller('a'), teller('b'), { agent: hearing, filter }], { budget: { turns: 3 } })
  expect(said(await abc.run({ task: 'go' })).at(-1)).toBe('c: user b')
})

test('a team takes part in a team; what it keeps is saved with it', async () => {
  const inner = team([teller('x'), teller('y')], { budget: { turns: 2 } })
  const make = () => team([teller('a'), inner], { budget: { turns: 2 } })
  const outer = make()
  expect(said(await outer.run({ task: 'go' }))).toEqual([
    'user: go',
    'a: a heard 1',
    `${inner.name}: y heard 3`,
  ])
  const saved = await outer.saveState()
  expect(JSON.stringify(saved.speakers[inner.name])).toContain('y heard 3')
  expect(() => team([outer], { budget: { depth: 2 } })).toThrow(/HEDDLE_INVALID_TEAM/)
})

test('a human within an inner team suspends the outer one', async () => {
  const inner = team([teller('x'), userProxyAgent({ name: 'human' })], { budget: { turns: 2 } })
  const outer = team([inner, teller('b')], { budget: { turns: 2 } })
  const asked = await outer.run({ task: 'go' })
  expect(asked.stopReason).toMatchObject({
    kind: 'input',
    requests: [{ source: `${inner.name}/human` }],
  })
  expect(said(await outer.run({ input: 'yes' }))).toEqual([`${inner.name}: yes`, 'b: b heard 2'])
})

test('an agent or a team behind a tool answers its task, and remembers', async () => {
  const inner = assistantAgent({
    name: 'expert',
    model: scriptedModel(['first', 'second']),
    system: null,
  })
  const call = { toolCalls: [{ name: 'expert', arguments: { task: 'why?' } }] }
  const model = scriptedModel([call, call, 'done'])
  const a = assistantAgent({ name: 'a', model, tools: [agentTool(inner)], maxToolIterations: 3 })
  await team([a], { budget: { turns: 1 } }).run({ task: 'go' })
  const results = model.calls[2]?.messages.flatMap((one) =>
    one.role === 'tool' ? one.results : [],
  )
  expect(results?.map(({ content }) => content)).toEqual(['first', 'second'])
})

test('a society of mind speaks with one voice', async () => {
  const inner = team([teller('x'), teller('y')], { budget: { turns: 2 } })
  const model = scriptedModel(({ messages }) => `of ${messages.length}`)
  const mind = societyOfMindAgent({ name: 'mind', team: inner, model })
  expect(said(await team([mind], { budget: { turns: 1 } }).run({ task: 'go' }))[1]).toBe(
    'mind: of 4',
  )
})

test('what its flow gets wrong ends the run with an error', async () => {
  const next = () => ({ kind: 'speak' as const, names: ['nobody'] })
  const { stopReason } = await team([teller('a')], {
    flow: { kind: 'odd', initial: {}, next },
  }).run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INVALID_TEAM' } })
  const none = { kind: 'odd', initial: {}, next: () => ({ kind: 'speak' as const, names: [] }) }
  const stalled = await team([teller('a')], { flow: none }).run({ task: 'go' })
  expect(stalled.stopReason).toMatchObject({ kind: 'stalled', waiting: ['a'] })
})

test('a runtime that does not have the team’s agents is refused, and nothing is left in it', async () => {
  const runtime = await SingleThreadedRuntime.start({ agents: two().agents })
  const run = () => two().conversation(runtime, 'x').run({ task: 'go' })
  await expectRefusal(run, 'HEDDLE_UNKNOWN_AGENT', 'team-')
  expect(runtime.stats()).toMatchObject({ accepted: 0 })
  await runtime.stop()
})

test('a team of closures is refused on lanes, with what to do', async () => {
  const start = () => ThreadedRuntime.start({ agents: two().agents, lanes: 1 })
  await expectRefusal(start, 'HEDDLE_INLINE_TEAM', 'import.meta.url')
})

test.each([
  ['nobody', { participants: [] }],
  ['two of one name', { participants: [teller('a'), teller('a')] }],
  ['a name with a space', { name: 'a b' }],
  ['no flow', { flow: undefined as never }],
  ['a budget of nothing', { budget: { turns: 0 } }],
  ['a stranger', { participants: [{} as never] }],
] as const)('is refused with %s', async (_, options) => {
  const make = () =>
    defineTeam({ name: 'x', participants: [teller('a')], flow: roundRobin(), ...options })
  await expectRefusal(make, 'HEDDLE_INVALID_TEAM')
})

test.each([
  ['an empty list', []],
  ['no message', [{ kind: 'text' }]],
])('a task that is %s is refused, and nothing begins', async (_, task) => {
  await expectRefusal(() => two().run({ task: task as never }), 'HEDDLE_INVALID_TASK')
})
