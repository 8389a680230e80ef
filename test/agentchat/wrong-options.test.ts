/**
 * Options that would silently do something unintended are refused where they are given, by name and
 * with what to do. A fault that only a call can show fails the run with a code.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { codeExecutorAgent } from '../../src/agentchat/code/code-executor.ts'
import { processExecutor } from '../../src/agentchat/code/process-executor.ts'
import { defineCondition } from '../../src/agentchat/conditions/condition.ts'
import * as conditions from '../../src/agentchat/conditions/conditions.ts'
import { printRun } from '../../src/agentchat/console.ts'
import { magenticOne } from '../../src/agentchat/flows/magentic-one.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import type { EdgeOptions } from '../../src/agentchat/graph/graph.ts'
import { graph } from '../../src/agentchat/graph/graph-builder.ts'
import { graphFlow } from '../../src/agentchat/graph/graph-flow.ts'
import { mermaidOf } from '../../src/agentchat/graph/mermaid.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { startSimulated } from '../../src/testing/simulated-runtime.ts'
import { testAgent } from '../../src/testing/test-agent.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { undecided, unmeasured } from '../fixtures/chat/undecided.team.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { speaker, team } from './autogen/cast.ts'

const model = scriptedModel(['yes', 'yes', 'yes', 'yes'])
const inner = team([speaker('x')], { budget: { turns: 1 } })
const execute = { run: async () => ({ exitCode: 0, output: '' }) }
const drawn = () => graph().node('a').node('b')
const edge = (options: unknown) => drawn().edge('a', 'b', options as EdgeOptions)
const at = (agent: unknown, filter: unknown) => {
  return team([{ agent, filter } as never], { name: 'own', budget: { turns: 1 } })
}

describe('an edge of a graph is refused at its call', () => {
  const code = 'HEDDLE_INVALID_GRAPH'
  test.for<[string, unknown, string]>([
    ['an async predicate', { when: async () => false }, 'neither async nor a generator'],
    ['a predicate that is a generator', { when: function* () {} }, 'neither async nor a generator'],
    ['an async test', { when: { kind: 'predicate', test: async () => true } }, 'when.test'],
    ['no test', { when: { kind: 'predicate' } }, 'when.test of'],
    ['a pattern', { when: /NEVER/ }, 'a string, a function, or a condition'],
    ['an empty condition', { when: {} }, "'contains' or 'field' or 'predicate'"],
    ['a number', { when: 5 }, 'when of'],
    ['null', { when: null }, 'when of'],
    ['an empty text', { when: '' }, 'non-empty'],
    ['a mistyped kind', { when: { kind: 'feild', path: 'x', equals: 1 } }, "did you mean 'field'?"],
    ['no text', { when: { kind: 'contains' } }, 'when.text of'],
    ['no value', { when: { kind: 'field', path: 'x' } }, 'when.equals of'],
    ['a mistyped part', { when: { kind: 'contains', txt: 'x' } }, "did you mean 'text'?"],
    ['an activation that is none', { activation: 'anny' }, "did you mean 'any'?"],
    ['a group that is none', { group: 5 }, 'group of'],
    ['a cap that is none', { most: '3' }, 'most of'],
    ['a string as options', 'NEVER', 'must be an object'],
    ['a function as options', () => false, 'must be an object'],
    ['null as options', null, 'must be an object'],
  ])('%s', async ([, options, part]) => {
    const error = await expectRefusal(() => edge(options), code, part)
    expect(error.fields).toMatchObject({ path: ['a', 'b'] })
  })

  test.for<[string, unknown]>([
    ['a list', ['b']],
    ['a map', new Map([['x', 'b']])],
    ['null', null],
    ['a string', 'b'],
    ['nothing', {}],
    ['a way to nobody', { x: undefined }],
    ['an empty text', { '': 'b' }],
  ])('branches that are %s', async ([, ways]) => {
    await expectRefusal(() => drawn().branch('a', ways as never), code)
  })

  test.for<[string, unknown, string]>([
    ['a builder', drawn(), 'build()'],
    ['nothing', undefined, 'graph()…build()'],
    ['half a graph', { nodes: ['a'], entries: ['a'] }, 'edges'],
    [
      'an unchecked edge',
      { nodes: ['a'], entries: ['a'], edges: [{ from: 'a', to: 'a', when: {} }] },
      'edges[0].when.kind',
    ],
  ])('a flow or a picture of %s', async ([, given, part]) => {
    await expectRefusal(() => graphFlow(given as never), code, part)
    await expectRefusal(() => mermaidOf(given as never), code, part)
  })
})

onBothRuntimes('an answer that is none', ({ start }) => {
  const conversation = async (of: Team) => {
    const runtime = await start({ agents: of.agents })
    return of.conversation(runtime, 'own')
  }

  test.for(['promise', 'rejection', 'nothing', 'text'])(
    'a %s of a predicate: its edge is named',
    async (task) => {
      const { stopReason } = await (await conversation(undecided)).run({ task })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INVALID_GRAPH' } })
      expect(stopReason.text).toContain("'a' → 'b'")
    },
  )

  test.for(['promise', 'nothing', 'text'])('a %s of a condition', async (task) => {
    const { stopReason } = await (await conversation(unmeasured)).run({ task })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INVALID_TEAM' } })
    expect(stopReason.text).toContain('its look gave')
  })

  test('a predicate that throws is asked again when the run goes on', async () => {
    const own = await conversation(undecided)
    expect((await own.run({ task: 'go' })).stopReason).toMatchObject({ kind: 'failed' })
    const { stopReason, messages } = await own.run()
    expect(stopReason.kind).toBe('completed')
    expect(messages.map(({ source }) => source)).toEqual(['b'])
  })
})

const chatAgent = 'HEDDLE_INVALID_CHAT_AGENT'
const isTeam = 'HEDDLE_INVALID_TEAM'
const option = 'HEDDLE_INVALID_OPTION'
const coder = (o: object) => codeExecutorAgent({ name: 'own', execute, ...o })
const assistant = (o: object) => assistantAgent({ name: 'own', model, ...o })
const mind = (o: object) => societyOfMindAgent({ name: 'own', team: inner, model, ...o })
const own = (o: object) => team([speaker('a')], { name: 'own', ...o } as never)

test.for<[ErrorCode, string, () => unknown]>([
  [chatAgent, 'sources', () => coder({ sources: 'superuser' })],
  [chatAgent, 'sources', () => coder({ sources: 5 })],
  [chatAgent, 'sources', () => coder({ sources: [] })],
  [chatAgent, 'sources[1]', () => coder({ sources: ['a', 5] })],
  [chatAgent, 'languages', () => coder({ languages: 'sh' })],
  [chatAgent, 'approve', () => coder({ approve: true })],
  [chatAgent, 'description', () => coder({ description: 5 })],
  [chatAgent, 'execute', () => coder({ execute: {} })],
  [chatAgent, 'summary', () => assistant({ summary: async () => 'late' })],
  [chatAgent, 'description', () => assistant({ description: 5 })],
  [chatAgent, 'message', () => assistant({ handoffs: [{ target: 'b', message: 5 }] })],
  [chatAgent, 'handoffs[0]', () => assistant({ handoffs: [''] })],
  [chatAgent, 'handoffs[1].target', () => assistant({ handoffs: ['b', {}] })],
  [chatAgent, 'handoffs[0]', () => assistant({ handoffs: [5] })],
  [chatAgent, 'handoffs[0]', () => assistant({ handoffs: [null] })],
  [chatAgent, 'instruction', () => mind({ instruction: 5 })],
  [chatAgent, 'prompt', () => mind({ prompt: {} })],
  [chatAgent, 'description', () => userProxyAgent({ name: 'own', description: 5 as never })],
  [chatAgent, 'folder', () => processExecutor({ folder: 5 as never })],
  [chatAgent, 'folder', () => processExecutor({ folder: '' })],
  [chatAgent, 'env', () => processExecutor({ env: 5 as never })],
  [chatAgent, 'env.PORT', () => processExecutor({ env: { PORT: 5 as never } })],
  ['HEDDLE_INVALID_TOOL', 'a chat agent or a team', () => agentTool(undefined as never)],
  [
    'HEDDLE_INVALID_TOOL',
    'a chat agent or a team',
    () => agentTool({ kind: 'team', name: 'x' } as never),
  ],
  [chatAgent, 'options', () => defineStructured('own', z.object({}), null as never)],
  [isTeam, "'source'", () => conditions.textMention('1', { source: ['b'] } as never)],
  [isTeam, 'options', () => conditions.textMention('1', 'b' as never)],
  [isTeam, 'options', () => conditions.textMention('1', null as never)],
  [isTeam, 'sources', () => conditions.textMention('1', { sources: 'b' as never })],
  [isTeam, "'sources'", () => conditions.textMessage({ sources: ['b'] } as never)],
  [isTeam, 'options', () => conditions.textMessage(null as never)],
  [isTeam, "'event'", () => conditions.maxMessages(3, { event: 'counted' } as never)],
  [isTeam, 'options', () => conditions.maxMessages(3, null as never)],
  [isTeam, "'promt'", () => conditions.tokenUsage({ total: 100, promt: 1 } as never)],
  [isTeam, 'tokenUsage', () => (conditions.tokenUsage as () => unknown)()],
  [isTeam, 'options', () => (defineCondition as () => unknown)()],
  [isTeam, "'alarm'", () => defineCondition({ look, alarm: [5] } as never)],
  [isTeam, 'alarms', () => defineCondition({ look, alarms: 5 as never })],
  [isTeam, 'alarms[1]', () => defineCondition({ look, alarms: [5, Number.NaN] })],
  [isTeam, 'alarms[0]', () => defineCondition({ look, alarms: [-1] })],
  [isTeam, "'pr'", () => at(speaker('a'), { pr: [{ source: 'user' }] })],
  [isTeam, "'per[0].lst'", () => at(speaker('a'), { per: [{ source: 'user', lst: 1 }] })],
  [isTeam, "'filtr'", () => team([{ agent: speaker('a'), filtr: {} } as never])],
  [isTeam, 'neither a chat agent', () => at({ kind: 'chat-agent', name: 'q' }, undefined)],
  [isTeam, 'description', () => own({ description: 5 })],
  [isTeam, 'clock', () => own({ clock: {} })],
  [isTeam, 'flow.initial', () => own({ flow: { kind: 'own', next: () => {} } })],
  [isTeam, 'repeats', () => selector({ model, repeats: 'alowed' as never })],
  [isTeam, 'choose', () => selector({ model, choose: 5 as never })],
  [isTeam, 'candidates', () => selector({ model, candidates: 'a' as never })],
  [isTeam, 'context', () => selector({ model, context: {} as never })],
  [isTeam, 'prompt', () => selector({ model, prompt: 5 as never })],
  [isTeam, 'maxStalls', () => magenticOne({ model, maxStalls: '3' as never })],
  [option, 'run(…)', () => printRun(inner.run({ task: 'go' }) as never)],
  [option, 'clock', () => printRun(inner.runStream(), { clock: {} as never })],
  [option, 'message', () => textOf(undefined as never)],
  [option, 'message', () => textOf({ kind: 'result', messages: [] } as never)],
  [option, 'message', () => defineStructured('own', z.object({})).is(undefined as never)],
  [option, 'runtime', () => inner.conversation(undefined as never, 'k')],
  [option, 'runtime', () => inner.conversation({} as never, 'k')],
  [option, 'script[0].fail', () => scriptedModel([{ fail: 'down' } as never])],
  [option, 'script[0].content', () => scriptedModel([{ content: 5 } as never])],
  [option, 'script[0].toolCalls[0].arguments', () => calling({ name: 'add' })],
  [option, 'script[0].finish', () => scriptedModel([{ finish: 'stopp' } as never])],
  [option, 'script', () => scriptedModel('yes' as never)],
  [option, 'capabilities.tols', () => scriptedModel([], { capabilities: { tols: 1 } as never })],
  [option, 'delayMs', () => scriptedModel([], { delayMs: Number.NaN })],
  [option, 'kills.most', () => startSimulated({ kills: { probability: 1 } as never })],
  [option, 'stuck[0].at', () => startSimulated({ stuck: [{ lane: 0, at: 'begin' as never }] })],
  [option, 'outside', () => startSimulated({ outside: 'reprot' as never })],
  [option, 'keys', () => testAgent({} as never, { keys: 'a' } as never)],
])('%s: a wrong %s is refused where it is given', async ([code, part, define]) => {
  await expectRefusal(define, code, part)
})

function look() {
  return { state: null, hits: [] }
}

function calling(call: object) {
  return scriptedModel([{ toolCalls: [call as never] }])
}

test('what is wrong in an option names its owner, the value and what to do', () => {
  const wrong = { model, repeats: 'alowed' } as never
  expect(() => selector(wrong)).toThrow(
    "repeats of its selector is 'alowed', and must be 'allowed' or 'avoided'; did you mean 'allowed'? (HEDDLE_INVALID_TEAM)",
  )
  expect(() => coder({ sources: 'superuser' })).toThrow(
    "chat agent 'own' is not well defined: its sources is 'superuser', and must be a non-empty list in which each item is a non-empty string",
  )
})

describe('what only a call can show fails the run with a code', () => {
  const code = '```sh\nls\n```'
  const used = tool({ name: 'add', description: '', parameters: z.object({}), run: () => 1 })
  const caller = () => scriptedModel([{ toolCalls: [{ name: 'add', arguments: {} }] }])
  const told = (summary: () => unknown) => {
    return assistantAgent({ name: 'own', model: caller(), tools: [used], summary } as never)
  }
  const seeing = (view: () => unknown) => assistant({ context: { kind: 'own', view } })
  const ended = (given: () => unknown) => {
    const stopWhen = defineCondition({ look: given as never })
    return own({ stopWhen, budget: { turns: 1 } })
  }
  const choosing = (options: object) => {
    const flow = selector({ model, ...options })
    return team([speaker('a'), speaker('b'), speaker('c')], { flow, budget: { turns: 1 } })
  }

  test.for<[ErrorCode, string, () => Pick<ChatAgent, 'run'> | ReturnType<typeof own>]>([
    [chatAgent, 'its approve gave true', () => coder({ approve: () => true })],
    [chatAgent, 'its approve gave undefined', () => coder({ approve: () => undefined })],
    [chatAgent, 'its summary gave an object (Promise)', () => told(() => Promise.resolve('x'))],
    [chatAgent, 'its summary gave undefined', () => told(() => undefined)],
    [chatAgent, "its context 'own' gave undefined", () => seeing(() => undefined)],
    [chatAgent, "its context 'own' gave an object (Promise)", () => seeing(async () => [])],
    [chatAgent, "its context 'own' gave 'x'", () => seeing(() => 'x')],
    [chatAgent, 'role of what its context', () => seeing(() => [{ role: 'zz' }])],
    [chatAgent, '[0] of what its context', () => seeing(() => [null])],
    [isTeam, 'its look gave undefined', () => ended(() => undefined)],
    [isTeam, 'its look gave true', () => ended(() => true)],
    [isTeam, 'its look gave undefined', () => ended(async () => undefined)],
    [isTeam, 'hits of what its look gave is undefined', () => ended(() => ({ state: 1 }))],
    [isTeam, 'state of what its look gave', () => ended(() => ({ hits: [] }))],
    [isTeam, 'hits[0] of what', () => ended(() => ({ state: 1, hits: [null] }))],
    [isTeam, "'custom'", () => ended(() => ({ state: 1, hits: [{ kind: 'mine' }] }))],
    [isTeam, 'hits[0].text', () => ended(() => ({ state: 1, hits: [{ kind: 'external' }] }))],
    [isTeam, "candidates gave 'ab'", () => choosing({ candidates: () => 'ab' })],
    [isTeam, 'candidates gave undefined', () => choosing({ candidates: () => undefined })],
    [isTeam, 'choose named null', () => choosing({ choose: () => null })],
    [
      isTeam,
      "its context 'own' gave 5",
      () => choosing({ context: { kind: 'own', view: () => 5 } }),
    ],
    [option, "'an answer of the script.fail'", () => assistant({ model: failing() })],
  ])('%s: %s', async ([expected, part, make]) => {
    const { stopReason } = await make().run({ task: code })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: expected } })
    expect(stopReason.text).toContain(part)
  })

  function failing() {
    return scriptedModel(() => ({ fail: 'down' }) as never)
  }
})

describe('structured messages of one name in a team', () => {
  const typed = (field: string) => defineStructured('report', z.object({ [field]: z.string() }))
  const author = (name: string, output: ReturnType<typeof typed>) => {
    return assistantAgent({ name, model, output })
  }
  const both = (...participants: Parameters<typeof defineTeam>[1]['participants'][number][]) => {
    return defineTeam({ name: 'own', participants, flow: roundRobin(), budget: { turns: 1 } })
  }

  test('are refused where they are not the same', async () => {
    const define = () => both(author('a', typed('x')), author('b', typed('y')))
    await expectRefusal(define, isTeam, "'own'", "'report'", 'define it once')
  })

  test('are refused in a team within it', async () => {
    const within = team([author('a', typed('x'))], { name: 'within', budget: { turns: 1 } })
    await expectRefusal(() => both(within, author('b', typed('y'))), isTeam, "'report'")
  })

  test('are taken where it is one', () => {
    const one = typed('x')
    expect(both(author('a', one), author('b', one)).name).toBe('own')
  })
})

test('an agent that a user has made of another one still takes part', () => {
  const other = { ...speaker('a'), description: 'mine' }
  expect(own({ participants: [other], budget: { turns: 1 } }).name).toBe('own')
})
