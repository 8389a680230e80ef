/**
 * Agents that answer at once, without end, do not block their thread: signals, budgets, conditions
 * and other turns come in between.
 */
import { expect, test } from 'vitest'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { endless, LOOPS, MOST_CALLS, patient } from '../fixtures/chat/endless.team.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { speaker, team } from './autogen/cast.ts'

const aborting = () => {
  const controller = new AbortController()
  setImmediate(() => controller.abort('enough'))
  return controller.signal
}
const cancelled = { kind: 'cancelled', reason: 'enough' }

test.each(Object.entries(LOOPS))('alone, %s is cancelled', async (_, make) => {
  const { stopReason } = await make().run({ task: 'go', signal: aborting() })
  expect(stopReason).toMatchObject(cancelled)
})

onBothRuntimes('in a team', ({ share }) => {
  const runtimeOf = share({ agents: [...endless.agents, ...patient.agents] })

  test.each(Object.keys(LOOPS))('%s is cut by the budget of time', async (loop) => {
    const conversation = endless.conversation(runtimeOf(), loop)
    const { stopReason } = await conversation.run({ task: loop })
    expect(stopReason).toMatchObject({ kind: 'budget', what: 'ms' })
  })

  test('another conversation goes on beside it', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const conversation = patient.conversation(runtimeOf(), 'long')
    const long = conversation.run({ task: 'an assistant with a tool', signal })
    const beside = await patient.conversation(runtimeOf(), 'beside').run({ task: 'nothing' })
    expect(beside.stopReason.kind).toBe('completed')
    controller.abort('enough')
    await long
  })
})

test('on a clock that stands still, it is cancelled all the same', async () => {
  const runtime = await SingleThreadedRuntime.start({
    agents: patient.agents,
    clock: new ManualClock(),
    report: 'off',
  })
  const conversation = patient.conversation(runtime, 'conv')
  const task = 'an assistant with a tool'
  const { stopReason } = await conversation.run({ task, signal: aborting() })
  expect(stopReason).toMatchObject(cancelled)
  await runtime.stop({ deadlineMs: 0 })
})

test('on simulated lanes it awaits nothing that the simulation does not know, and runs the same for a seed', async () => {
  const stepsOf = async (seed: number) => {
    const { runtime, simulation } = await startSimulated({ agents: patient.agents, seed })
    const { stopReason } = await patient.conversation(runtime, 'conv').run({ task: 'to its end' })
    expect(stopReason.kind).toBe('completed')
    expect(simulation.outside).toEqual([])
    const { steps } = simulation
    await runtime.stop({ deadlineMs: 0 })
    return steps
  }
  for (const seed of [1, 2, 3]) expect(await stepsOf(seed)).toBe(await stepsOf(seed))
})

test('a team within a turn whose members answer at once is cancelled', async () => {
  let turns = 0
  const quick = speaker('quick', () => {
    if (++turns > MOST_CALLS) throw new Error('nothing has cut it')
    return 'well'
  })
  const outer = team([team([quick])])
  expect((await outer.run({ task: 'go', signal: aborting() })).stopReason).toMatchObject(cancelled)
})

test('many that answer at once wait for the same moment, and not one after another', async () => {
  let isOver = false
  let calls = 0
  const looping = () =>
    defineChatAgent({
      name: 'x',
      respond: async (_, context) => {
        calls++
        return {
          kind: 'message',
          message: { kind: 'text', id: context.nextId(), source: 'x', content: '' },
        }
      },
    })
  setImmediate(() => {
    isOver = true
  })
  const loop = async () => {
    const agent = looping()
    while (!isOver && calls < MOST_CALLS) await agent.run({ task: 'go' })
  }
  await Promise.all(Array.from({ length: 50 }, loop))
  expect(calls).toBeLessThan(MOST_CALLS)
})
