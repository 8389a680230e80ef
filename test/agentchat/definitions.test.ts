/** A wrong definition is refused where it is made, with a code and the name of what is defined. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { codeExecutorAgent } from '../../src/agentchat/code/code-executor.ts'
import { processExecutor } from '../../src/agentchat/code/process-executor.ts'
import { defineCondition } from '../../src/agentchat/conditions/condition.ts'
import { maxMessages } from '../../src/agentchat/conditions/conditions.ts'
import { printRun } from '../../src/agentchat/console.ts'
import { magenticOne } from '../../src/agentchat/flows/magentic-one.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import { graph } from '../../src/agentchat/graph/graph-builder.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal, refusalOf } from '../fixtures/refusal.ts'
import { speaker, team } from './autogen/cast.ts'

const model = scriptedModel([])

test.for<[string, object, string]>([
  ['tools that are not a list', { tools: 'add' }, 'tools'],
  ['a tool that is none', { tools: ['add'] }, "'add'"],
  ['a function as a tool', { tools: [function add() {}] }, "'add'"],
  ['handoffs that are not a list', { handoffs: 'bob' }, 'handoffs'],
  ['memory that is not a list', { memory: { query: () => [] } }, 'memory'],
  ['a memory that is none', { memory: ['likes tea'] }, "'likes tea'"],
  ['a context that is none', { context: 'all' }, 'context'],
  ['an output that is none', { output: { type: 'object' } }, 'output'],
  ['a summary that is not a function', { summary: 'short' }, 'summary'],
  ['a system that is not a string', { system: 1 }, 'system'],
  ['a stream that is none', { stream: true }, 'stream'],
  ['a reflection that is none', { reflect: true }, 'reflect'],
])('an assistant with %s is refused', async ([, options, part]) => {
  const define = () => assistantAgent({ name: 'helper', model, ...options } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', "'helper'", part)
})

const inner = team([speaker('x')], { budget: { turns: 1 } })
const execute = { run: async () => ({ exitCode: 0, output: '' }) }
const parameters = z.object({})

const users: Readonly<Record<string, (wrong: never) => unknown>> = {
  'an assistant': (wrong) => assistantAgent({ name: 'own', model: wrong }),
  'a code executor': (wrong) => codeExecutorAgent({ name: 'own', execute, model: wrong }),
  'a society of mind': (wrong) => societyOfMindAgent({ name: 'own', team: inner, model: wrong }),
  'a selector': (wrong) => selector({ model: wrong }),
  'a magenticOne': (wrong) => magenticOne({ model: wrong }),
}
test.for<[string, unknown, string]>([
  ['no name', { ...model, name: undefined }, 'has no name'],
  ['no capabilities', { ...model, capabilities: undefined }, 'has no capabilities'],
  ['half of its capabilities', { ...model, capabilities: { tools: true } }, 'capabilities.vision'],
  ['no create', { ...model, create: undefined }, 'has no create'],
  ['no countTokens', { ...model, countTokens: undefined }, 'has no countTokens'],
  ['a string as stream', { ...model, stream: 'yes' }, "has 'yes' as stream"],
  ['the form of a string', 'gpt', "its model is 'gpt'"],
  [
    'the form of the AI SDK',
    { specificationVersion: 'v4', provider: 'p', modelId: 'm' },
    'its model is a model of the AI SDK; give aiSdkModel(model), of heddle/ai-sdk',
  ],
  [
    'the form of an OpenAI',
    { chat: { completions: {} } },
    "a client of the package 'openai'; give openaiModel({ model: '…' }), of heddle/openai",
  ],
])('a model client with %s is refused by all that take one', async ([what, client, part]) => {
  for (const [user, define] of Object.entries(users)) {
    const error = await refusalOf(() => define(client as never))
    expect(error.code, user).toMatch(/^HEDDLE_INVALID_(TEAM|CHAT_AGENT)$/)
    expect(error.message, user).toContain(part)
    if (!/name|form/.test(what)) expect(error.message, user).toContain(`'${model.name}'`)
  }
})

test.for<[string, string, (wrong: object) => unknown]>([
  ['stopwhen', 'stopWhen', (wrong) => team([speaker('a')], { name: 'own', ...wrong })],
  ['budgets', 'budget', (wrong) => team([speaker('a')], { name: 'own', ...wrong })],
  ['sytem', 'system', (wrong) => assistantAgent({ name: 'own', model, ...wrong })],
  ['promt', 'prompt', (wrong) => userProxyAgent({ name: 'own', ...wrong })],
  [
    'intruction',
    'instruction',
    (o) => societyOfMindAgent({ name: 'own', team: inner, model, ...o }),
  ],
  ['aprove', 'approve', (wrong) => codeExecutorAgent({ name: 'own', execute, ...wrong })],
  ['maxturns', 'maxTurns', (wrong) => magenticOne({ model, ...wrong })],
  ['choices', 'choose', (wrong) => selector({ model, ...wrong })],
  ['desc', 'description', (wrong) => agentTool(speaker('a'), { name: 'own', ...wrong })],
  ['modes', 'mode', (o) => tool({ name: 'own', description: '', parameters, run: () => {}, ...o })],
])('an option %s is refused where it is given, and %s is named', async ([name, known, define]) => {
  const error = await refusalOf(() => define({ [name]: 1 }))
  expect(error.code).toMatch(/^HEDDLE_INVALID_(TEAM|CHAT_AGENT|TOOL)$/)
  expect(error.message).toMatch(/'own'|its selector|its magenticOne/)
  expect(error.message).toContain(`'${name}'`)
  expect(error.message).toContain(known)
  if (!['desc', 'choices'].includes(name))
    expect(error.message).toContain(`did you mean '${known}'?`)
})

const respond = async () => ({ kind: 'pass' }) as never
const to = (handoff: never) => assistantAgent({ name: 'a', model, handoffs: [handoff] })
test.for<[ErrorCode, object, string, (wrong: never) => unknown]>([
  [
    'HEDDLE_INVALID_CHAT_AGENT',
    { name: 'a', respond, descripton: '' },
    'description',
    defineChatAgent,
  ],
  [
    'HEDDLE_INVALID_CHAT_AGENT',
    { jsonSchma: {} },
    'jsonSchema',
    (o) => defineStructured('own', parameters, o),
  ],
  ['HEDDLE_INVALID_CHAT_AGENT', { target: 'b', mesage: '' }, 'message', to],
  ['HEDDLE_INVALID_GRAPH', { whn: 'yes' }, 'when', (o) => graph().edge('a', 'b', o)],
  ['HEDDLE_INVALID_GRAPH', { activaton: 'any' }, 'activation', (o) => graph().node('a', o)],
  ['HEDDLE_INVALID_OPTION', { colors: 'never' }, 'colours', (o) => printRun(items(), o)],
  ['HEDDLE_INVALID_OPTION', { delayMS: 5 }, 'delayMs', (o) => scriptedModel([], o)],
])('%s: a mistyped option is refused where it is given', async ([code, wrong, known, define]) => {
  await expectRefusal(() => define(wrong as never), code, `'${known}'`)
})

test.for<[string, object, string]>([
  ['no respond', { respond: undefined }, 'respond'],
  ['a description that is not a string', { description: 1 }, 'description'],
  ['an unknown kind', { produces: ['txt'] }, 'produces'],
  ['kinds that are not a list', { produces: 'text' }, 'produces'],
])('a chat agent with %s is refused', async ([, wrong, part]) => {
  const define = () => defineChatAgent({ name: 'own', respond, ...wrong } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', "'own'", part)
})

test.for<[string, object, string]>([
  ['an out that is not a stream', { out: 'log.txt' }, 'out'],
  ['colours that are a truth value', { colours: true }, "'auto' or 'always' or 'never'"],
  ['totals that are a truth value', { totals: false }, "'shown' or 'hidden'"],
])('to print with %s is refused before anything is read', async ([, wrong, part]) => {
  await expectRefusal(() => printRun(items(), wrong as never), 'HEDDLE_INVALID_OPTION', part)
})

test.for([undefined, null, 5, {}])('a node that is %s is refused at its call', async (node) => {
  const code = 'HEDDLE_INVALID_GRAPH'
  await expectRefusal(() => graph().node(node as never), code, 'a node is')
  await expectRefusal(() => graph().edge('a', node as never), code, 'a node is')
  await expectRefusal(() => graph().entry(node as never), code, 'a node is')
})

function items(): AsyncIterable<never> {
  const next = () => Promise.reject(new Error('was read'))
  return { [Symbol.asyncIterator]: () => ({ next }) }
}

test('a mistyped name is found before the missing one', async () => {
  const define = () => userProxyAgent({ nmae: 'human' } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', "'nmae'", "did you mean 'name'?")
})

test.for([
  ['nothing', undefined],
  ['null', null],
  ['a string', 'helper'],
])('options that are %s are refused', async ([, options]) => {
  const code = 'HEDDLE_INVALID_CHAT_AGENT'
  for (const define of [
    assistantAgent,
    userProxyAgent,
    societyOfMindAgent,
    codeExecutorAgent,
    defineChatAgent,
  ]) {
    await expectRefusal(() => define(options as never), code, 'options')
  }
  await expectRefusal(() => tool(options as never), 'HEDDLE_INVALID_TOOL', 'options')
  await expectRefusal(() => defineTeam('file:///x.ts', options as never), 'HEDDLE_INVALID_TEAM')
})

test.for<[string, unknown, string]>([
  ['null', null, 'budget'],
  ['a number', 5, 'budget'],
  ['of a mistyped name', { turn: 5 }, "did you mean 'turns'?"],
])('a budget that is %s is refused', async ([, budget, part]) => {
  const define = () => team([speaker('a')], { name: 'ab', budget: budget as never })
  await expectRefusal(define, 'HEDDLE_INVALID_TEAM', "'ab'", part)
})

test.for<[string, unknown]>([
  ['a string', 'x'],
  ['a function', () => true],
  ['null', null],
])('a team whose stopWhen is %s is refused', async ([, stopWhen]) => {
  const define = () => team([speaker('a')], { name: 'ab', stopWhen: stopWhen as never })
  await expectRefusal(define, 'HEDDLE_INVALID_TEAM', "'ab'", 'stopWhen')
})

test.for<[string, () => unknown]>([
  ['or with nothing', () => maxMessages(2).or(undefined as never)],
  ['and with a string', () => maxMessages(2).and('x' as never)],
  ['without a look', () => defineCondition({} as never)],
  [
    'that begins with what JSON does not carry',
    () => defineCondition({ initial: new Set() as never, look: () => ({ state: null, hits: [] }) }),
  ],
])('a condition %s is refused', async ([, define]) => {
  await expectRefusal(define, 'HEDDLE_INVALID_TEAM', 'condition')
})

test('a society of mind without a team or a model is refused', async () => {
  const mind = (options: object) => () =>
    societyOfMindAgent({ name: 'mind', team: inner, model, ...options })
  const code = 'HEDDLE_INVALID_CHAT_AGENT'
  await expectRefusal(mind({ team: { name: 'x' } }), code, "'mind'", 'team')
  await expectRefusal(mind({ model: undefined }), code, "'mind'", 'model')
})

test('a flow that begins with what JSON does not carry is refused', async () => {
  const flow = {
    kind: 'own',
    initial: { seen: new Map() },
    next: () => ({ kind: 'speak', names: [] }),
  }
  await expectRefusal(
    () => team([speaker('a')], { flow: flow as never }),
    'HEDDLE_INVALID_TEAM',
    'seen',
  )
})

test.for([Number.POSITIVE_INFINITY, Number.NaN, '5', 0, -1, null])(
  'a processExecutor with the timeout %s is refused, with the rule',
  async (timeoutMs) => {
    const define = () => processExecutor({ timeoutMs: timeoutMs as never })
    const parts = ['timeoutMs', String(timeoutMs), 'a finite number of milliseconds above 0']
    await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', ...parts)
  },
)

test('a processExecutor with a mistyped option is refused', async () => {
  const define = () => processExecutor({ timoutMs: 5 } as never)
  const parts = ['processExecutor', "did you mean 'timeoutMs'?"]
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', ...parts)
})

test.for([undefined, null, 5])(
  'an agent that asks with the prompt %s is refused',
  async (prompt) => {
    const respond = async () => ({ kind: 'input', prompt }) as never
    const { stopReason } = await defineChatAgent({ name: 'own', respond }).run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'failed', source: 'own' })
    expect(stopReason.text).toContain(`its prompt is ${prompt}`)
  },
)
