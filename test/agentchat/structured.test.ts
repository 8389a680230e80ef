/**
 * Structured answers have the same value alone, in a team, on lanes and after a save. A schema that
 * can't be carried is refused where it is defined.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import type { SavedTeam } from '../../src/agentchat/conversations/saved-conversation.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import type { ChatMessage } from '../../src/agentchat/messages/chat-message.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import type { Schema } from '../../src/messages/schema.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { agents, CASES, reporters, types } from '../fixtures/chat/structured.team.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { team, written } from './autogen/cast.ts'

let single: Runtime
let threaded: Runtime
beforeAll(async () => {
  const { agents: registered } = reporters
  single = await SingleThreadedRuntime.start({ agents: registered })
  threaded = await ThreadedRuntime.start({ agents: registered, lanes: 2 })
})
afterAll(async () => {
  await single?.stop({ deadlineMs: 0 })
  await threaded?.stop({ deadlineMs: 0 })
})

const runOn = async (runtime: Runtime): Promise<readonly ChatMessage[]> => {
  return (await reporters.conversation(runtime, 'conv').run({ task: 'go' })).messages
}
const PLACES: Readonly<Record<string, () => Promise<readonly ChatMessage[]>>> = {
  alone: async () => {
    const runs = Object.values(agents).map((agent) => {
      agent.reset()
      return agent.run({ task: 'go' })
    })
    return (await Promise.all(runs)).flatMap(({ messages }) => messages)
  },
  'in a team': () => runOn(single),
  'in a team on lanes': () => runOn(threaded),
  'in a team in a team': async () => {
    const outer = defineTeam({
      ...{ name: 'outer', participants: [reporters], flow: roundRobin(), budget: { turns: 1 } },
    })
    await outer.run({ task: 'go' })
    const saved = written(await outer.saveState())
    return [...(saved.speakers.reporters as SavedTeam).manager.thread]
  },
  'after a save': async () => {
    await reporters.reset()
    await reporters.run({ task: 'go' })
    const loaded = reporters.conversation(threaded, 'loaded')
    await loaded.loadState(written(await reporters.saveState()))
    return (await loaded.saveState()).manager.thread
  },
}

test.for(Object.entries(PLACES))(
  '%s, each answer is what its schema makes of it',
  async ([, say]) => {
    const said = (await say()).filter(({ kind }) => kind === 'structured')
    expect(said.map(({ source }) => source).sort()).toEqual(Object.keys(CASES).sort())
    for (const message of said) {
      const { answer, read } = CASES[message.source] as (typeof CASES)[string]
      const type = types[message.source] as (typeof types)[string]
      expect(message).toMatchObject({ format: message.source, content: answer })
      expect(type.is(message)).toBe(true)
      expect(type.read(message)).toEqual(read)
    }
  },
)

test('a schema is asked once for each answer', async () => {
  let checks = 0
  const schema = z.object({ at: z.string() }).transform(({ at }) => {
    checks++
    return new Date(at)
  })
  const output = defineStructured('report', schema)
  const model = scriptedModel(() => '{"at":"2026-11-05"}')
  const reporter = assistantAgent({ name: 'a', model, output })
  await team([reporter], { budget: { turns: 1 } }).run({ task: 'go' })
  expect(checks).toBe(1)
})

test.for<[string, Schema]>([
  ['a date', z.object({ at: z.date() })],
  ['a bigint', z.object({ at: z.array(z.bigint()) })],
  ['a map', z.object({ at: z.map(z.string(), z.string()) })],
  ['a set', z.object({ at: z.set(z.string()) })],
  ['undefined', z.object({ at: z.undefined() })],
  ['a bigint as a literal', z.object({ at: z.literal(1n) })],
  ['a value of one’s own', z.object({ at: z.custom<string>() })],
  ['a file', z.object({ at: z.file() })],
])('a schema that takes %s is refused where it is defined', async ([, schema]) => {
  const define = () => defineStructured('report', schema)
  await expectRefusal(define, 'HEDDLE_INVALID_CHAT_AGENT', "'report'", 'at', 'jsonSchema')
  expect(() => defineStructured('report', schema, { jsonSchema: { type: 'object' } })).not.toThrow()
})

test('what is not a schema, and a schema that can’t say what it takes, are refused', async () => {
  const code = 'HEDDLE_INVALID_CHAT_AGENT'
  await expectRefusal(() => defineStructured('report', { a: 1 } as never), code, "'report'")
  await expectRefusal(() => defineStructured('', z.object({})), code, 'format')
  const foreign = {
    '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) },
  }
  const output = defineStructured('report', foreign as Schema)
  const model = scriptedModel([])
  const define = () => assistantAgent({ name: 'a', model, output })
  await expectRefusal(define, code, "'a'", "'report'", 'jsonSchema')
  const jsonSchema = { type: 'object', properties: { a: {} } }
  const shown = scriptedModel(() => '{}')
  const told = defineStructured('report', foreign as Schema, { jsonSchema })
  await assistantAgent({ name: 'a', model: shown, output: told }).run({ task: 'go' })
  expect(shown.calls[0]?.output).toEqual(jsonSchema)
})

test('a schema that throws fails the run with the model’s answer, and names the format', async () => {
  const schema = z.object({ a: z.unknown() }).transform(() => {
    throw new Error('no scales')
  })
  const output = defineStructured('report', schema)
  const reporter = assistantAgent({ name: 'a', model: scriptedModel(() => '{"a":1}'), output })
  const { stopReason } = await reporter.run({ task: 'go' })
  const message = expect.stringMatching(/'a'.*'report'.*no scales/)
  expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_MODEL_ANSWER', message } })
})

test('content is made of what goes into the schema, and is read as what comes out', async () => {
  const Order = defineStructured('order', z.object({ at: z.coerce.date() }))
  const from = { id: '1', source: 'a' }
  const made = Order.make({ at: '2026-11-05' }, from)
  expect(made.content).toEqual({ at: '2026-11-05' })
  expect(Order.read(made)).toEqual({ at: new Date('2026-11-05') })
  expect(Order.read({ kind: 'text', ...from, content: '' })).toBeUndefined()
  const code = 'HEDDLE_INVALID_PAYLOAD'
  await expectRefusal(() => Order.make({ at: 'never' }, from), code, "'order'")
  await expectRefusal(() => Order.make({ at: new Date() }, from), code, "'order'", 'at', 'Date')
  await expectRefusal(() => Order.read({ ...made, content: {} }), code, "'order'")
})

test.for<[string, unknown]>([
  ['a bigint', { amount: 10n }],
  ['a date', new Date()],
  ['a map', { all: new Map() }],
  ['a function', { run: () => {} }],
  ['nothing', undefined],
  ['a number that JSON lacks', [Number.NaN]],
])(
  '%s in a message is refused with the agent’s name, the same alone as in a team',
  async ([, content]) => {
    const message = { kind: 'structured', id: '1', source: 'a', format: 'own', content }
    const respond = async () => ({ kind: 'message', message }) as never
    const odd = defineChatAgent({ name: 'a', respond })
    const alone = await odd.run({ task: 'go' })
    const inTeam = await team([odd], { budget: { turns: 1 } }).run({ task: 'go' })
    const error = { code: 'HEDDLE_INVALID_CHAT_AGENT', message: expect.stringContaining("'a'") }
    for (const { stopReason } of [alone, inTeam]) {
      expect(stopReason).toMatchObject({ kind: 'failed', source: 'a', error })
    }
    await expectRefusal(() => odd.run({ task: message as never }), 'HEDDLE_INVALID_TASK')
  },
)

test.for<
  [string, (context: Parameters<Parameters<typeof defineChatAgent>[0]['respond']>[1]) => void]
>([
  ['its state', ({ state }) => Object.assign(state, { at: new Date() })],
  [
    'its history',
    ({ history }) => history.append({ role: 'user', source: 'a', content: 1n as never }),
  ],
  [
    'what it shows',
    ({ emit }) => emit({ kind: 'thought', source: 'a', content: new Set() as never }),
  ],
])(
  'an agent that puts into %s what JSON does not carry is refused, alone as in a team',
  async ([, put]) => {
    const odd = defineChatAgent({
      name: 'a',
      respond: async (_, context) => {
        put(context)
        const own = { kind: 'text' as const, id: context.nextId(), source: 'a', content: 'well' }
        return { kind: 'message', message: own }
      },
    })
    const ends = [
      odd.run({ task: 'go' }),
      team([odd], { budget: { turns: 1 } }).run({ task: 'go' }),
    ]
    const error = { code: 'HEDDLE_INVALID_CHAT_AGENT', message: expect.stringContaining("'a'") }
    for (const { stopReason } of await Promise.all(ends))
      expect(stopReason).toMatchObject({ error })
  },
)

test('a task that is frozen all the way down is run, and is what it was', async () => {
  const part = Object.freeze({ kind: 'text' as const, text: 'What is this?' })
  const own = { kind: 'multimodal' as const, id: '1', source: 'user' }
  const task = Object.freeze([Object.freeze({ ...own, content: Object.freeze([part]) })])
  const reporter = () => assistantAgent({ name: 'a', model: scriptedModel(() => 'a cat') })
  const runs = [reporter(), team([reporter()], { budget: { turns: 1 } })].map((one) =>
    one.run({ task }),
  )
  for (const { messages } of await Promise.all(runs)) {
    expect(messages).toMatchObject([...task, { source: 'a', content: 'a cat' }])
  }
})

test('wrong content, a wrong author and a wrong message each have a sentence of their own', async () => {
  const trip = defineStructured('trip', z.object({ to: z.string() }))
  const own = { id: '1', source: 'a' }
  const make = (content: unknown, from: unknown = own) => trip.make(content as never, from as never)
  const misfit = await expectRefusal(
    () => make({ to: 5 }),
    'HEDDLE_INVALID_PAYLOAD',
    "'trip'",
    'to',
  )
  const odd = await expectRefusal(() => make({ to: 5n }), 'HEDDLE_INVALID_PAYLOAD', "'trip'")
  const unread = { kind: 'structured', ...own, format: 'trip', content: {} } as const
  const unfit = await expectRefusal(() => trip.read(unread), 'HEDDLE_INVALID_PAYLOAD', "'trip'")
  for (const from of [undefined, null, {}, { id: '1' }, 'a']) {
    const wrong = () => make({ to: 'x' }, from === undefined ? null : from)
    await expectRefusal(wrong, 'HEDDLE_INVALID_OPTION', "'from'", 'id and source')
  }
  const call = trip.make as (content: object) => unknown
  await expectRefusal(() => call({ to: 'x' }), 'HEDDLE_INVALID_OPTION', "'from'")
  for (const message of [undefined, null, 'x']) {
    const read = () => trip.read(message as never)
    await expectRefusal(read, 'HEDDLE_INVALID_OPTION', "'message'", "'trip'")
  }
  for (const error of [misfit, odd, unfit]) expect(error.message).not.toMatch(/task/i)
})
