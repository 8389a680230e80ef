import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { closureAgent, defineMessage, defineRequest, SingleThreadedRuntime } from '../src/index.ts'
import { reasonText } from '../src/json-text.ts'
import { type speaker, team, waiter } from './agentchat/autogen/cast.ts'
import { refusalOf } from './fixtures/refusal.ts'

const reason = { user: 'Ann', pressed: 'stop' }
const shown = '{"user":"Ann","pressed":"stop"}'

test.for<[string, unknown, string]>([
  ['a string', 'enough', 'enough'],
  ['an error', new TypeError('enough'), 'enough'],
  ['nothing', undefined, 'no reason was given'],
  ['null', null, 'null'],
  ['a number', 5, '5'],
  ['a bigint', 5n, '"5"'],
  ['a record', reason, shown],
  ['a record without a prototype', Object.assign(Object.create(null), reason), shown],
  ['a symbol', Symbol('stop'), '"Symbol(stop)"'],
])('an abort with %s is described in words', ([, given, text]) => {
  expect(reasonText(given)).toBe(text)
})

test('a run that was aborted with a record says what is in it, alone and in a team', async () => {
  for (const make of [(one: ReturnType<typeof speaker>) => one, (one: never) => team([one])]) {
    const { agent, enters } = waiter('a')
    const entered = enters()
    const controller = new AbortController()
    const running = make(agent as never).run({ task: 'go', signal: controller.signal })
    await entered
    controller.abort(reason)
    expect((await running).stopReason).toMatchObject({ kind: 'cancelled', reason: shown })
  }
})

test('so does a request from outside, and a task', async () => {
  const Ask = defineRequest('reason.ask', { reply: z.string() })
  const Tell = defineMessage('reason.tell')
  const agent = closureAgent({
    type: 'deaf',
    subscriptions: [{ topic: 'deaf' }],
    handlers: (on) => [on(Ask, () => 'yes'), on(Tell, () => {})],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [agent] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const controller = new AbortController()
  controller.abort(reason)
  const { signal } = controller
  const asked = await refusalOf(() => runtime.send(Ask(), { type: 'deaf', key: 'x' }, { signal }))
  expect(asked.message).toContain(shown)
  const topic = { type: 'deaf', source: 'x' }
  const told = await refusalOf(() => runtime.run(Tell(), topic, { signal }))
  expect(told.message).toContain(shown)
})
