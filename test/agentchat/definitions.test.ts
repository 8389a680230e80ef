/**
 * What is wrong in a definition is refused where it is defined, with a code and the name of what is
 * defined.
 */
import { test } from 'vitest'
import { assistantAgent } from '../../src/agentchat/assistant.ts'
import { defineCondition } from '../../src/agentchat/condition.ts'
import { maxMessages } from '../../src/agentchat/conditions.ts'
import { societyOfMindAgent } from '../../src/agentchat/society-of-mind.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { speaker, team } from './autogen/cast.ts'

const model = scriptedModel([])

test.for<[string, object, string]>([
  ['tools that are no list', { tools: 'add' }, 'tools'],
  ['a tool that is none', { tools: ['add'] }, "'add'"],
  ['a function as a tool', { tools: [function add() {}] }, "'add'"],
  ['handoffs that are no list', { handoffs: 'bob' }, 'handoffs'],
  ['memory that is no list', { memory: { query: () => [] } }, 'memory'],
  ['a memory that is none', { memory: ['likes tea'] }, "'likes tea'"],
  ['a context that is none', { context: 'all' }, 'context'],
  ['an output that is none', { output: { type: 'object' } }, 'output'],
  ['a summary that is no function', { summary: 'short' }, 'summary'],
  ['a system that is no text', { system: 1 }, 'system'],
  ['a stream that is none', { stream: true }, 'stream'],
  ['a reflection that is none', { reflect: true }, 'reflect'],
])('an assistant with %s is refused', async ([, options, part]) => {
  const define = () => assistantAgent({ name: 'helper', model, ...options } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', "'helper'", part)
})

test.for<[string, unknown]>([
  ['a text', 'x'],
  ['a function', () => true],
  ['null', null],
])('a team whose stopWhen is %s is refused', async ([, stopWhen]) => {
  const define = () => team([speaker('a')], { name: 'ab', stopWhen: stopWhen as never })
  await expectRefusal(define, 'HEDDLE_INVALID_TEAM', "'ab'", 'stopWhen')
})

test.for<[string, () => unknown]>([
  ['or with nothing', () => maxMessages(2).or(undefined as never)],
  ['and with a text', () => maxMessages(2).and('x' as never)],
  ['without a look', () => defineCondition({} as never)],
  [
    'that begins with what JSON does not carry',
    () => defineCondition({ initial: new Set() as never, look: () => ({ state: null, hits: [] }) }),
  ],
])('a condition %s is refused', async ([, define]) => {
  await expectRefusal(define, 'HEDDLE_INVALID_TEAM', 'condition')
})

test('a society of mind without a team or a model is refused', async () => {
  const inner = team([speaker('x')], { budget: { turns: 1 } })
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
