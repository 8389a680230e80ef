/**
 * What a call of `run` does while a run is under way: it is refused, waits, interrupts or steers.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { IfBusy, RunItem, RunOptions, TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { itemsOf, said, speaker, started, team, waiter } from './autogen/cast.ts'

interface Runs {
  run(options: RunOptions): Promise<TaskResult>
  runStream(options: RunOptions): AsyncIterable<RunItem>
}

/** An assistant that looks something up, and says what it was then shown. */
function looker(name = 'a') {
  const entered = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const look = tool({
    ...{ name: 'look', description: '', parameters: z.object({}) },
    run: async () => {
      entered.resolve()
      await gate.promise
      return 'found'
    },
  })
  const model = scriptedModel(({ messages }) => {
    if (messages.every(({ role }) => role !== 'tool')) {
      return { toolCalls: [{ name: 'look', arguments: {} }] }
    }
    const heard = messages.flatMap((one) => (one.role === 'user' ? String(one.content) : []))
    return `heard ${heard.join(', ')}`
  })
  const agent = assistantAgent({ name, model, tools: [look], maxToolIterations: 2 })
  return { agent, entered: entered.promise, open: () => gate.resolve() }
}

const PLACES: Record<string, (agent: ChatAgent) => Runs> = {
  'an agent alone': (agent) => agent,
  'a team': (agent) => team([agent], { budget: { turns: 1 } }),
  'a team within a team': (agent) =>
    team([team([agent], { name: 'inner', budget: { turns: 1 } })], { budget: { turns: 1 } }),
}

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  test('is steered: its next model call sees the task, and both calls have the result', async () => {
    const { agent, entered, open } = looker()
    const runs = place(agent)
    const first = runs.run({ task: 'go' })
    await entered
    const second = runs.run({ task: 'faster', ifBusy: 'steer' })
    await turnsOfTheLoop()
    open()
    const result = await first
    expect(await second).toEqual(result)
    expect(said(result).at(-1)).toMatch(/: heard go, faster$/)
    expect(said(result).filter((one) => one.startsWith('user'))).toEqual([
      'user: go',
      'user: faster',
    ])
    expect(said(await runs.run({ task: 'again' })).at(-1)).toMatch(/: heard go, faster, again$/)
  })

  test('is interrupted: the new run begins before those that wait', async () => {
    const { agent, enters, open } = waiter('a')
    const { hearer, heard } = hearing(agent)
    const runs = place(hearer)
    let entered = enters()
    const first = runs.run({ task: 'go' })
    await entered
    const later = runs.run({ task: 'later', ifBusy: 'wait' })
    entered = enters()
    const second = runs.run({ task: 'stop that', ifBusy: 'interrupt' })
    expect((await first).stopReason).toMatchObject({
      kind: 'cancelled',
      reason: expect.stringContaining('interrupts'),
    })
    await entered
    expect(heard.at(-1)?.at(-1)).toBe('stop that')
    entered = enters()
    open('well')
    expect(said(await second)[0]).toBe('user: stop that')
    expect(said(await second).at(-1)).toMatch(/: well$/)
    await entered
    expect(heard.at(-1)).toEqual(['later'])
    open('then')
    expect(said(await later)[0]).toBe('user: later')
  })

  test('is waited for, in the order of the calls, by a call that can be cancelled meanwhile', async () => {
    const { agent, enters, open } = waiter('a')
    const runs = place(agent)
    const order: string[] = []
    const run = (task: string, options: RunOptions) =>
      runs.run({ task, ...options }).then((result) => {
        order.push(task)
        return result
      })
    let entered = enters()
    const first = run('1', {})
    await entered
    const controller = new AbortController()
    const second = run('2', { ifBusy: 'wait' })
    const cancelled = run('3', { ifBusy: 'wait', signal: controller.signal })
    const fourth = run('4', { ifBusy: 'wait' })
    controller.abort('enough')
    expect((await cancelled).stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
    entered = enters()
    open('one')
    await entered
    entered = enters()
    open('two')
    await entered
    open('four')
    await Promise.all([first, second, fourth])
    expect(order).toEqual(['3', '1', '2', '4'])
  })

  test('refuses, by default and by word', async () => {
    const { agent, enters, open } = waiter('a')
    const runs = place(agent)
    const entered = enters()
    const first = runs.run({ task: 'go' })
    await entered
    await expectRefusal(() => runs.run({ task: 'x' }), 'HEDDLE_ALREADY_RUNNING')
    await expectRefusal(() => runs.run({ task: 'x', ifBusy: 'refuse' }), 'HEDDLE_ALREADY_RUNNING')
    await expectRefusal(() => runs.run({ ifBusy: 'steer' }), 'HEDDLE_ALREADY_RUNNING')
    const odd = 'later' as IfBusy
    await expectRefusal(() => runs.run({ ifBusy: odd }), 'HEDDLE_INVALID_OPTION', 'ifBusy', 'wait')
    open('well')
    await first
  })
})

test.each(['a team', 'a team within a team'])(
  '%s that is interrupted has heard its task',
  async (place) => {
    const { agent, enters, open } = waiter('a')
    const { hearer, heard } = hearing(agent)
    const runs = PLACES[place]?.(hearer) as Runs
    const entered = enters()
    const first = runs.run({ task: 'go' })
    await entered
    const again = enters()
    const second = runs.run({ task: 'stop that', ifBusy: 'interrupt' })
    await Promise.all([first, again])
    open('well')
    await second
    expect(heard).toEqual([['go'], ['go', 'stop that']])
  },
)

test('a task that steers is shown once, also where a team below is told', async () => {
  const { agent, entered, open } = looker()
  const runs = PLACES['a team within a team']?.(agent) as Runs
  const first = itemsOf(runs.runStream({ task: 'go' }))
  await entered
  const second = runs.run({ task: 'faster', ifBusy: 'steer' })
  await turnsOfTheLoop()
  open()
  const shown = (await first).filter((item) => item.kind === 'text')
  expect(shown.map(textOf)).toEqual(['go', 'faster', 'heard go, faster', 'heard go, faster'])
  await second
})

test('a task that an agent alone has not heard runs when its run has ended', async () => {
  const { agent, enters, open } = waiter('a')
  const entered = enters()
  const first = agent.run({ task: 'go' })
  await entered
  const again = enters()
  const second = agent.run({ task: 'faster', ifBusy: 'steer' })
  open('one')
  await again
  open('two')
  expect(said(await first)).toEqual(['user: go', 'a: one'])
  expect(said(await second)).toEqual(['user: faster', 'a: two'])
})

test('a task that comes when the run has ended, and its caller has not heard of that, runs', async () => {
  const { agent, enters, open } = waiter('a')
  const own = team([agent], { budget: { turns: 1 } })
  const { runtime, tookIn } = await started(own)
  const conversation = own.conversation(runtime, 'conv')
  const entered = enters()
  const first = conversation.run({ task: 'go' })
  await entered
  const over = tookIn()
  open('one')
  await over
  const again = enters()
  const second = conversation.run({ task: 'faster', ifBusy: 'steer' })
  expect(said(await first)).toEqual(['user: go', 'a: one'])
  const isAsked = await Promise.race([again.then(() => true), second.then(() => false)])
  expect(isAsked).toBe(true)
  open('two')
  expect(said(await second)).toEqual(['user: faster', 'a: two'])
})

test('what a team says holds for all calls, but for one that says otherwise', async () => {
  const { agent, enters, open } = waiter('a')
  const own: Team = team([agent], { budget: { turns: 1 }, ifBusy: 'wait' })
  let entered = enters()
  const first = own.run({ task: '1' })
  await entered
  const second = own.run({ task: '2' })
  await expectRefusal(() => own.run({ task: '3', ifBusy: 'refuse' }), 'HEDDLE_ALREADY_RUNNING')
  entered = enters()
  open('one')
  await entered
  open('two')
  expect(said(await second)).toEqual(['user: 2', 'a: two'])
  await first
  const odd = () => team([agent], { ifBusy: 'never' as IfBusy })
  await expectRefusal(odd, 'HEDDLE_INVALID_TEAM', 'ifBusy')
})

test('a call that steers shows what happens from then on, and can cancel the run', async () => {
  const { agent, entered, open } = looker()
  const own = team([agent], { budget: { turns: 1 } })
  const first = own.run({ task: 'go' })
  await entered
  const shown: string[] = []
  const watching = (async () => {
    for await (const item of own.runStream({ task: 'faster', ifBusy: 'steer' })) {
      shown.push('id' in item ? `${item.kind} of ${item.source}` : item.kind)
    }
  })()
  await turnsOfTheLoop()
  open()
  await Promise.all([first, watching])
  expect(shown[0]).toBe('text of user')
  expect(shown.at(-1)).toBe('result')
  const other = looker()
  const next = team([other.agent], { budget: { turns: 1 } })
  const running = next.run({ task: 'go' })
  await other.entered
  const controller = new AbortController()
  const steering = next.run({ task: 'x', ifBusy: 'steer', signal: controller.signal })
  await turnsOfTheLoop()
  controller.abort('enough')
  expect((await running).stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
  expect((await steering).stopReason.kind).toBe('cancelled')
})

/** The agent, and the messages that it has heard each time. */
function hearing({ name, respond }: ChatAgent) {
  const heard: string[][] = []
  const hearer = defineChatAgent({
    name,
    respond: (messages, context) => {
      heard.push(messages.map(textOf))
      return respond(messages, context)
    },
  })
  return { hearer, heard }
}

/** Long enough for what was asked for to arrive. */
async function turnsOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a call that steers a run which nobody watched shows what is said from then on', async () => {
  const { agent, enters, open } = waiter('a')
  const own = team([agent], { budget: { turns: 1 } })
  const entered = enters()
  const first = own.run({ task: 'go' })
  await entered
  const shown: string[] = []
  const watching = (async () => {
    for await (const item of own.runStream({ task: 'more', ifBusy: 'steer' })) {
      if ('id' in item) shown.push(item.source)
    }
  })()
  await turnsOfTheLoop()
  open('well')
  await Promise.all([first, watching])
  expect(shown).toEqual(['user', 'a'])
})

describe.each(Object.entries(PLACES))('several calls at once, of %s', (_, place) => {
  test('that steer are all heard, in their order, by the run that is about to begin', async () => {
    const { agent, entered, open } = looker()
    const runs = place(agent)
    const first = runs.run({ task: 'go' })
    const others = ['1', '2', '3'].map((task) => runs.run({ task, ifBusy: 'steer' }))
    await entered
    await turnsOfTheLoop()
    open()
    const result = await first
    expect(said(result).at(-1)).toMatch(/: heard go, 1, 2, 3$/)
    expect(await Promise.all(others)).toEqual([result, result, result])
  })

  test('that interrupt run in their order, and no task is lost', async () => {
    const runs = place(speaker('a'))
    const first = runs.run({ task: '0' })
    const others = ['1', '2', '3'].map((task) => runs.run({ task, ifBusy: 'interrupt' }))
    const results = await Promise.all([first, ...others])
    const ends = results.map(({ stopReason }) => stopReason.kind)
    expect(ends.slice(0, 3)).toEqual(['cancelled', 'cancelled', 'cancelled'])
    const tasks = results.flatMap(said).filter((one) => one.startsWith('user'))
    const all = ['user: 0', 'user: 1', 'user: 2', 'user: 3']
    // an agent alone has heard nothing of a run that was cancelled, which names its task
    expect(tasks).toEqual(all)
  })
})

test('a run that is ended after it was steered has the task, and it does not run again', async () => {
  for (const end of ['stop', 'abort', 'interrupt'] as const) {
    const { agent, enters } = waiter('a')
    const own = team([agent], { budget: { turns: 1 } })
    const controller = new AbortController()
    const entered = enters()
    const first = own.run({ task: 'go', signal: controller.signal })
    await entered
    const steered = own.run({ task: 'steered', ifBusy: 'steer' })
    await turnsOfTheLoop()
    const again = enters()
    const next = end === 'interrupt' ? own.run({ task: 'next', ifBusy: 'interrupt' }) : undefined
    if (end === 'stop') await own.stop()
    if (end === 'abort') controller.abort('enough')
    const result = await first
    expect(said(result)).toEqual(['user: go', 'user: steered'])
    expect(await steered).toEqual(result)
    if (next === undefined) continue
    await again
    await own.stop()
    expect(said(await next)).toEqual(['user: next'])
  }
})

test('a run that is paused while its flow decides is steered', async () => {
  const deciding = Promise.withResolvers<void>()
  const model = scriptedModel(() => {
    deciding.resolve()
    return new Promise<never>(() => {})
  })
  const [a, b] = [waiter('a'), waiter('b')]
  const own = team([a.agent, b.agent], { flow: selector({ model }), budget: { turns: 1 } })
  const first = own.run({ task: 'go' })
  await deciding.promise
  await own.pause()
  const steered = own.run({ task: 'more', ifBusy: 'steer' })
  await turnsOfTheLoop()
  const { manager } = await own.saveState()
  expect(manager.thread.map(textOf)).toEqual(['go', 'more'])
  await own.stop()
  expect(await steered).toEqual(await first)
})
