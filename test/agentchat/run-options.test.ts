/** Wrong options of a run are refused by name, and nothing begins. */
import { describe, expect, test } from 'vitest'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import type { RunItem, RunOptions, TaskResult } from '../../src/agentchat/runs/task.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { inSteps, itemsOf, said, speaker, started, team, written } from './autogen/cast.ts'

interface Runnable {
  run(options?: RunOptions): Promise<TaskResult>
  runStream(options?: RunOptions): AsyncIterable<RunItem>
}
const OPTION = 'HEDDLE_INVALID_OPTION'

describe.for<[string, () => Runnable]>([
  ['an agent', () => speaker('a')],
  ['a team', () => team([speaker('a')], { budget: { turns: 1 } })],
])('%s', ([, make]) => {
  test.for<[string, unknown, string]>([
    ['a string', 'hello', 'run({ task:'],
    ['null', null, 'of run'],
    ['a list', ['hello'], 'of run'],
    ['a mistyped task', { tsk: 'hello' }, "did you mean 'task'?"],
    ['a budget', { task: 'x', budget: 5 }, "'budget'"],
    ['a budget of null', { task: 'x', budget: null }, "'budget'"],
    ['a number as signal', { task: 'x', signal: 5 }, "'signal'"],
    ['null as signal', { task: 'x', signal: null }, "'signal'"],
    ['a record as signal', { task: 'x', signal: {} }, "'signal'"],
    ['a number as input', { input: 5 }, "'input'"],
    ['null as input', { input: null }, "'input'"],
    ['an answer that is not a string', { input: { q: 5 } }, "'input.q'"],
    ['input where nothing was asked', { input: 'x' }, "'input'"],
    ['an answer where nothing was asked', { input: { q: 'x' } }, "'q'"],
  ])('run with %s is refused', async ([, options, part]) => {
    const one = make()
    await expectRefusal(() => one.run(options as never), OPTION, part)
    await expectRefusal(() => itemsOf(one.runStream(options as never)), OPTION, part)
    expect(said(await one.run({ task: 'go' }))).toEqual(['user: go', 'a: well'])
  })

  test.for([5, null, true])('a task that is %s is refused', async (task) => {
    const one = make()
    await expectRefusal(() => one.run({ task: task as never }), 'HEDDLE_INVALID_TASK')
  })

  test('a signal of another make cancels it', async () => {
    const signal = Object.assign(new EventTarget(), { aborted: true, reason: 'enough' })
    const { stopReason } = await make().run({ task: 'go', signal: signal as never })
    expect(stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
  })
})

async function idOf(running: Promise<TaskResult>): Promise<string> {
  const { stopReason } = await running
  if (stopReason.kind !== 'input') throw new Error(`it ended with ${stopReason.text}`)
  return stopReason.requests.map(({ id }) => id).join()
}

describe.for<[string, () => Runnable]>([
  ['a human', () => userProxyAgent({ name: 'human' })],
  ['a human in a team', () => team([userProxyAgent({ name: 'human' })], { budget: { turns: 1 } })],
])('%s', ([, make]) => {
  test('an answer under an unknown id is refused, and the open one is named', async () => {
    const one = make()
    const id = await idOf(one.run({ task: 'go' }))
    await expectRefusal(
      () => one.run({ input: { wrong: 'x' } }),
      OPTION,
      "'input.wrong'",
      `'${id}'`,
    )
    const both = { [id]: 'yes', wrong: 'x' }
    await expectRefusal(() => one.run({ input: both }), OPTION, "'input.wrong'", `'${id}'`)
    expect(said(await one.run({ input: { [id]: 'yes' } })).at(-1)).toBe('human: yes')
    await expectRefusal(() => one.run({ input: { [id]: 'yes' } }), OPTION, id)
  })
})

test('what a human was asked is saved with it', async () => {
  const human = userProxyAgent({ name: 'human' })
  const id = await idOf(human.run({ task: 'go' }))
  const loaded = userProxyAgent({ name: 'human' })
  loaded.loadState(written(human.saveState()))
  await expectRefusal(() => loaded.run({ input: { wrong: 'x' } }), OPTION, `'${id}'`)
  expect(said(await loaded.run({ input: { [id]: 'yes' } }))).toEqual(['human: yes'])
})

describe('two humans who were asked at once', () => {
  const asked = async () => {
    const humans = ['ann', 'bob'].map((name) => userProxyAgent({ name }))
    const both = team(humans, { flow: inSteps(['ann', 'bob']) })
    const { runtime } = await started(both)
    const conversation = both.conversation(runtime, 'conv')
    const [ann = '', bob = ''] = (await idOf(conversation.run({ task: 'go' }))).split(',')
    return { conversation, ann, bob }
  }

  test('are not answered by one string', async () => {
    const { conversation, ann, bob } = await asked()
    await expectRefusal(() => conversation.run({ input: 'x' }), OPTION, `'${ann}'`, `'${bob}'`)
  })

  test('may be answered one after the other', async () => {
    const { conversation, ann, bob } = await asked()
    expect(await idOf(conversation.run({ input: { [ann]: 'tea' } }))).toBe(bob)
    const { messages, stopReason } = await conversation.run({ input: { [bob]: 'milk' } })
    expect(said({ messages })).toEqual(['ann: tea', 'bob: milk'])
    expect(stopReason.kind).toBe('completed')
  })

  test('are not answered beside a new task', async () => {
    const { conversation, ann } = await asked()
    const input = { [ann]: 'tea' }
    for (const one of [input, 'tea']) {
      const both = { task: 'x', input: one }
      const parts = ["'input'", 'beside a task, which drops what was asked']
      await expectRefusal(() => conversation.run(both), OPTION, ...parts)
    }
    expect(await idOf(conversation.run({ input }))).not.toBe(ann) // it is still open
  })
})

test.for([5, undefined, null, ''])('a conversation under the key %s is refused', async (key) => {
  const ab = team([speaker('a')])
  const { runtime } = await started(ab)
  await expectRefusal(() => ab.conversation(runtime, key as never), OPTION, "'key'")
})
