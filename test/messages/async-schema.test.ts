/** Asynchronous schemas are refused by name, where they are defined or at the first check. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { Schema } from '../../src/messages/schema.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const CODE = 'HEDDLE_ASYNC_SCHEMA'
const later = z.string().transform(async (text) => text)

test.for<[string, () => Schema]>([
  ['a transform', () => z.object({ a: later })],
  ['a refinement', () => z.object({ a: z.string().refine(async () => true) })],
  ['a refinement of the whole', () => z.object({ a: z.string() }).refine(async () => true)],
  ['a member of a list', () => z.object({ a: z.array(z.string().refine(async () => true)) })],
  ['an optional member', () => z.object({ a: later.optional() })],
  ['a union', () => z.object({ a: z.union([z.number(), later]) })],
  ['a lazy part', () => z.object({ a: z.lazy(() => later) })],
  ['the second half of a pipe', () => z.object({ a: z.string().pipe(later) })],
])('an async function in %s is refused where it is defined', async ([, schemaOf]) => {
  const define = () => {
    return tool({ name: 'trips', description: '', parameters: schemaOf(), run: () => {} })
  }
  await expectRefusal(define, CODE, "the tool 'trips'")
  await expectRefusal(() => defineStructured('trip', schemaOf()), CODE, "'trip'")
})

const HIDDEN: [string, Schema][] = [
  ['a transform', z.object({ a: z.string().transform((text) => Promise.resolve(text)) })],
  ['a refinement', z.object({ a: z.string().refine(() => Promise.resolve(true)) })],
  ['a check of its own', z.object({ a: z.string().superRefine(async () => {}) })],
]

test.for(HIDDEN)(
  'a promise from %s fails the run, which names the tool',
  async ([, parameters]) => {
    let ran = 0
    const trips = tool({ name: 'trips', description: '', parameters, run: () => void ran++ })
    const call = { id: '1', name: 'trips', arguments: '{"a":"x"}' }
    const model = scriptedModel([{ toolCalls: [call] }])
    const { stopReason } = await assistantAgent({ name: 'helper', model, tools: [trips] }).run({
      task: 'go',
    })
    expect(stopReason).toMatchObject({ kind: 'failed', source: 'helper', error: { code: CODE } })
    expect(stopReason.text).toContain("the tool 'trips'")
    expect(ran).toBe(0)
  },
)

test.for(HIDDEN)('a promise from %s fails make, read and the run', async ([, schema]) => {
  const trip = defineStructured('trip', schema)
  const own = { id: '1', source: 'a' }
  await expectRefusal(() => trip.make({ a: 'x' }, own), CODE, "'trip'")
  const message = { kind: 'structured' as const, ...own, format: 'trip', content: { a: 'x' } }
  await expectRefusal(() => trip.read(message), CODE, "'trip'")
  const model = scriptedModel(['{"a":"x"}'])
  const { stopReason } = await assistantAgent({ name: 'helper', model, output: trip }).run({
    task: 'go',
  })
  expect(stopReason).toMatchObject({ kind: 'failed', error: { code: CODE } })
  expect(stopReason.text).toContain("'trip'")
})

test('what a bigint is made of is shown as a string, so that no digit is lost', async () => {
  const given: unknown[] = []
  const pay = tool({
    ...{ name: 'pay', description: '' },
    parameters: z.object({ amount: z.coerce.bigint() }),
    run: ({ amount }) => void given.push(amount),
  })
  expect(pay.parameters).toMatchObject({ properties: { amount: { type: 'string' } } })
  const { amount } = pay.parameters.properties as { readonly amount: { readonly pattern: string } }
  expect('-12345678901234567890').toMatch(new RegExp(amount.pattern))
  const context = { signal: new AbortController().signal } as never
  await pay.call({ id: '1', name: 'pay', arguments: '{"amount":"12345678901234567891"}' }, context)
  expect(given).toEqual([12_345_678_901_234_567_891n])
})
