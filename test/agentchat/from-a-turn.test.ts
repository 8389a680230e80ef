/** Runs of a team that a turn of an agent asks for, on all runtimes, also while lanes die. */
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { timeout } from '../../src/agentchat/conditions/conditions.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { type EndedTeamRun, TeamRunEnded } from '../../src/agentchat/teams/team-runner.ts'
import {
  type AgentRegistration,
  closureAgent,
  defineMessage,
  defineRequest,
  type Runtime,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import {
  desk,
  Gate,
  Hold,
  HoldBack,
  holder,
  Notes,
  pair,
  Question,
  Through,
  Ticket,
  through,
} from '../fixtures/chat/desk.agent.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { said, speaker, team, waiter } from './autogen/cast.ts'

const agents = [desk, ...pair.agents]
const SEEDS = Array.from({ length: 12 }, (_, at) => at + 1)

const RUNTIMES: Record<string, () => Promise<readonly Runtime[]>> = {
  'one thread': async () => [await SingleThreadedRuntime.start({ agents })],
  lanes: async () => [await ThreadedRuntime.start({ agents, lanes: 2 })],
  'simulated lanes that die': () =>
    Promise.all(
      SEEDS.map(async (seed) => {
        const kills = { probability: 0.1, most: 1 }
        return (await startSimulated({ agents, seed, kills })).runtime
      }),
    ),
}

describe.each(Object.entries(RUNTIMES))('on %s', (_, start) => {
  test('a run that a turn begins runs once, and its end comes as a message', async () => {
    for (const runtime of await start()) {
      for (const key of ['a', 'b', 'a']) {
        await runtime.publish(Ticket({ text: `about ${key}` }), `desk/${key}`)
      }
      await runtime.idle()
      expect(await runtime.send(Notes(), 'desk/a')).toEqual([
        'pair a: about a, left 0: 1, right 0: 2 (budget)',
        'pair a: about a, left 1: 4, right 1: 5 (budget)',
      ])
      expect(await runtime.send(Notes(), 'desk/b')).toEqual([
        'pair b: about b, left 0: 1, right 0: 2 (budget)',
      ])
      await runtime.stop({ deadlineMs: 0 })
    }
  })

  test('a turn that waits for a run gets its result', async () => {
    for (const runtime of await start()) {
      const text = 'why?'
      const replies = ['a', 'b'].map((key) => runtime.send(Question({ text }), `desk/${key}`))
      expect(await Promise.all(replies)).toEqual([
        'why?, left 0: 1, right 0: 2',
        'why?, left 0: 1, right 0: 2',
      ])
      expect(await runtime.send(Question({ text }), 'desk/a')).toBe('why?, left 1: 4, right 1: 5')
      await runtime.idle()
      await runtime.stop({ deadlineMs: 0 })
    }
  })
})

const Go = defineMessage('go')
const Ask = defineRequest('ask', { reply: z.string() })

/** An agent on the main thread that asks for runs. */
function caller(own: Team, ended: (run: EndedTeamRun) => void = () => {}): AgentRegistration {
  return closureAgent({
    type: 'caller',
    subscriptions: [{ topic: 'caller' }],
    handlers: (on) => [
      on(Go, (_, turn) => own.begin(turn, 'conv', { task: 'go', tell: 'caller/x' })),
      on(TeamRunEnded, (run) => ended(run as EndedTeamRun)),
      on(Ask, async (_, turn) => said(await own.ask(turn, 'conv', { task: 'go' })).join(', ')),
    ],
  })
}

async function started(own: Team, ended?: (run: EndedTeamRun) => void) {
  const runtime = await SingleThreadedRuntime.start({ agents: [caller(own, ended), ...own.agents] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}

test('its own time ends it, and it is stopped from outside as any other run', async () => {
  for (const [kind, limits] of [
    ['condition', { stopWhen: timeout(1_000) }],
    ['budget', { budget: { ms: 1_000 } }],
  ] as const) {
    const clock = new ManualClock()
    const { agent, enters } = waiter('a')
    const own = team([agent], { ...limits, clock })
    const over = Promise.withResolvers<TaskResult>()
    const runtime = await started(own, ({ result }) => over.resolve(result))
    let entered = enters()
    await runtime.publish(Go(), 'caller/x')
    await entered
    clock.advance(1_000)
    expect((await over.promise).stopReason.kind).toBe(kind)
    entered = enters()
    const asked = runtime.send(Ask(), 'caller/y')
    await entered
    await own.conversation(runtime, 'conv').stop()
    expect(await asked).toBe('user: go')
  }
})

test('is cancelled with the task of the turn that asked for it', async () => {
  const { agent, enters } = waiter('a')
  const own = team([agent], { budget: { turns: 1 } })
  const runtime = await started(own)
  const entered = enters()
  const task = await runtime.run(Go(), 'caller/x')
  await entered
  task.cancel('enough')
  await task.ended
  await runtime.idle()
  const { manager } = await own.conversation(runtime, 'conv').saveState()
  expect(manager.state.run?.stopReason?.kind).toBe('cancelled')
})

test('runs that one turn begins may overlap, and of one that could not begin, a failure is told', async () => {
  const own = team([speaker('a')], { budget: { turns: 1 } })
  const ended: string[] = []
  const both = closureAgent({
    type: 'both',
    subscriptions: [{ topic: 'both' }],
    handlers: (on) => [
      on(Go, (_, turn) => {
        for (const task of ['one', 'two']) {
          own.begin(turn, 'conv', { task, ifBusy: 'refuse', tell: 'both/x' })
        }
      }),
      on(TeamRunEnded, ({ result }) => {
        const { stopReason } = result
        const how = stopReason.kind === 'failed' ? stopReason.error.code : stopReason.kind
        ended.push([...said(result), how].join(', '))
      }),
    ],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [both, ...own.agents] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  await runtime.publish(Go(), 'both/x')
  await runtime.idle()
  expect(ended.toSorted()).toEqual(['HEDDLE_ALREADY_RUNNING', 'user: one, a: well, budget'])
})

test('waits for a run of a caller outside, and what could not begin has failed', async () => {
  const { agent, enters, open } = waiter('a')
  const own = team([agent], { budget: { turns: 1 } })
  const runtime = await started(own)
  let entered = enters()
  const first = own.conversation(runtime, 'conv').run({ task: 'first' })
  await entered
  const asked = runtime.send(Ask(), 'caller/y')
  entered = enters()
  open('one')
  await entered
  open('two')
  expect(await asked).toBe('user: go, a: two')
  expect(said(await first)).toEqual(['user: first', 'a: one'])
  const refused = closureAgent({
    type: 'refused',
    handlers: (on) => [
      on(Ask, async (_, turn) => {
        const ask = () => own.ask(turn, 'conv', { input: 'nobody asked' })
        await expectRefusal(ask, 'HEDDLE_REQUEST_FAILED', 'nothing was asked')
        await expectRefusal(() => own.ask(turn, '', {}), 'HEDDLE_INVALID_OPTION', 'key')
        for (const wrong of [null, 'text', { tasks: 'x' }, { signal: 1 }]) {
          await expectRefusal(() => own.ask(turn, 'c', wrong as never), 'HEDDLE_INVALID_OPTION')
          await expectRefusal(() => own.begin(turn, 'c', wrong as never), 'HEDDLE_INVALID_OPTION')
        }
        const begin = () => own.begin({} as never, 'c', { tell: 'a/b' })
        await expectRefusal(begin, 'HEDDLE_INVALID_OPTION', 'turn')
        const odd = { task: 7 as never }
        await expectRefusal(() => own.ask(turn, 'conv', odd), 'HEDDLE_INVALID_TASK')
        return 'refused'
      }),
    ],
  })
  await runtime.register(refused)
  expect(await runtime.send(Ask(), 'refused/x')).toBe('refused')
})

test('a run that could not end before the turn that waits for it is refused with the cycle', async () => {
  const asked = team([speaker('a')], { budget: { turns: 1 } })
  const own = closureAgent({
    type: 'own',
    handlers: (on) => [on(Ask, (_, turn) => asked.ask(turn, 'x', {}).then(() => 'never'))],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [own, ...asked.agents] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const error = await expectRefusal(() => runtime.send(Ask(), 'own/x'), 'HEDDLE_REQUEST_FAILED')
  expect(error.cause).toMatchObject({ code: 'HEDDLE_INVALID_OPTION' })
  // its conversation has the key of a turn that waits for the turn that asks for it
  for (const start of [
    () => SingleThreadedRuntime.start({ agents: [...agents, holder, through] }),
    () => ThreadedRuntime.start({ agents: [...agents, holder, through], lanes: 2 }),
  ]) {
    const held = await start()
    onTestFinished(async () => void (await held.stop({ deadlineMs: 0 })))
    expect(await held.send(Hold(), 'holder/k')).toBe('HEDDLE_REQUEST_CYCLE')
    expect(await held.send(Through({ conversation: 'k' }), 'through/z')).toBe('budget')
  }
})

test('a request is refused that would wait for a turn which waits for a run behind the caller', async () => {
  const waits = Promise.withResolvers<string>()
  const holds = Promise.withResolvers<void>()
  const gate = closureAgent({
    type: 'gate',
    handlers: (on) => [
      on(Gate, () => {
        holds.resolve()
        return waits.promise
      }),
    ],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [...agents, holder, through, gate] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  runtime.inspect((record) => {
    const isBegun = record.kind === 'accepted' && record.message === 'heddle.chat.begin'
    if (isBegun) setImmediate(() => waits.resolve('it waits'))
  })
  const first = runtime.send(HoldBack(), 'holder/k')
  await holds.promise
  const second = runtime.send(Through({ conversation: 'k' }), 'through/z')
  expect(await first).toBe('HEDDLE_REQUEST_CYCLE')
  expect(await second).toBe('budget')
})

test('a team that is not registered is told of at the call', async () => {
  const own = team([speaker('a')])
  const runtime = await SingleThreadedRuntime.start({ agents: [caller(own)] })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const error = await expectRefusal(() => runtime.send(Ask(), 'caller/x'), 'HEDDLE_REQUEST_FAILED')
  expect(error.cause).toMatchObject({ code: 'HEDDLE_UNKNOWN_AGENT' })
})

test('runs that turns ask for are not held back by a full runtime, which they would wait for', async () => {
  const bounds = { messages: 10 }
  const runtime = await SingleThreadedRuntime.start({ agents, bounds })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const keys = Array.from({ length: 30 }, (_, at) => `k${at}`)
  await Promise.all(keys.map((key) => runtime.publish(Ticket({ text: 'x' }), `desk/${key}`)))
  await runtime.idle()
  const text = 'why?'
  const asked = keys.map((key) => runtime.send(Question({ text }), `desk/${key}`))
  expect(new Set(await Promise.all(asked)).size).toBe(1)
  for (const key of keys) expect(await runtime.send(Notes(), `desk/${key}`)).toHaveLength(1)
})

test('a lane that takes only what must run takes the runs that its turns wait for', async () => {
  const outcomes: unknown[] = []
  for (let seed = 1; seed <= 20; seed++) {
    const kills = { probability: 0.05, most: 1 }
    const { runtime } = await startSimulated({ agents, seed, lanes: 1, kills })
    const asked = ['a', 'b', 'c', 'd'].map((key) =>
      runtime.send(Question({ text: 'why?' }), `desk/${key}`),
    )
    outcomes.push(...(await Promise.allSettled(asked)).map(({ status }) => status))
    await runtime.stop({ deadlineMs: 0 })
  }
  expect(new Set(outcomes)).toEqual(new Set(['fulfilled']))
})
