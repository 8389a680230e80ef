/**
 * Calls of a conversation by its own tool, flow or condition within a turn; a conversation whose
 * runtime has stopped; and one whose run did not begin.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { defineCondition } from '../../src/agentchat/conditions/condition.ts'
import { externalStop } from '../../src/agentchat/conditions/conditions.ts'
import type { Team, TeamOptions } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import type { Clock } from '../../src/clock.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { said, speaker, started, team, waiter } from './autogen/cast.ts'

type Act = (own: Team) => unknown

/** A team whose assistant calls a tool that does `act`, and speaks until something ends the run. */
function withTool(act: Act, options: Partial<TeamOptions> = {}): Team {
  const calls = { toolCalls: [{ name: 'act', arguments: {} }] }
  const acting = tool({
    ...{ name: 'act', description: '', parameters: z.object({}) },
    run: () => act(own),
  })
  const model = scriptedModel(({ caller }) => (caller.call === 0 ? calls : 'well'))
  const own = team([assistantAgent({ name: 'a', model, tools: [acting] })], {
    budget: { turns: 50 },
    ...options,
  })
  return own
}

/** The same, done once by a flow. */
function withFlow(act: Act): Team {
  let isDone = false
  const own = team([speaker('a')], {
    budget: { turns: 50 },
    flow: {
      kind: 'acts',
      initial: {},
      next: async () => {
        if (!isDone) await act(own)
        isDone = true
        return { kind: 'speak', names: ['a'] }
      },
    },
  })
  return own
}

/** The same, done once by a condition. */
function withCondition(act: Act): Team {
  let isDone = false
  const own = team([speaker('a')], {
    budget: { turns: 50 },
    stopWhen: defineCondition({
      look: async (state) => {
        if (!isDone) await act(own)
        isDone = true
        return { state, hits: [] }
      },
    }),
  })
  return own
}

const MAKERS = { 'a tool': withTool, 'a flow': withFlow, 'a condition': withCondition }

describe.each(Object.entries(MAKERS))('%s', (_, make) => {
  test('that stops its team ends the run, whether it waits for that or not', async () => {
    for (const act of [(own: Team) => own.stop(), (own: Team) => void own.stop()]) {
      expect((await make(act).run({ task: 'go' })).stopReason.kind).toBe('stopped')
    }
  })

  test('that pauses its team has it rest, and it goes on', async () => {
    const asked = Promise.withResolvers<void>()
    const own = make(async (one) => {
      await one.pause()
      asked.resolve()
    })
    const run = own.run({ task: 'go' })
    await asked.promise
    const { manager } = await own.saveState() // waits for it to rest
    expect(manager.state.run?.status).toBe('paused')
    own.resume()
    expect((await run).stopReason).toMatchObject({ kind: 'budget', what: 'turns' })
  })

  test.each<[string, Act]>([
    ['run', (own) => own.run({ task: 'x' })],
    ['reset', (own) => own.reset()],
    ['saveState', (own) => own.saveState()],
    ['loadState', (own) => own.loadState({} as never)],
  ])('that calls %s is refused at once, and the run goes on', async (call, act) => {
    const refused: Promise<unknown>[] = []
    const own = make((one) => {
      refused.push(expectRefusal(() => act(one), 'HEDDLE_INSIDE_TURN', call, 'agentTool'))
    })
    const { stopReason } = await own.run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'budget', what: 'turns' })
    await Promise.all(refused)
    expect(refused).toHaveLength(1)
  })
})

test('a condition that looks for a stop from outside is met by one from within a tool', async () => {
  const own = withTool((one) => one.stop(), { stopWhen: externalStop() })
  const { stopReason } = await own.run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'condition', conditions: [{ kind: 'external' }] })
})

test('under a runtime that stops, each call names itself', async () => {
  const { agent, enters } = waiter('a')
  const own = team([agent])
  const { runtime } = await started(own)
  const conversation = own.conversation(runtime, 'conv')
  const saved = await conversation.saveState()
  const named = (call: string, act: () => unknown) => {
    return expectRefusal(act, 'HEDDLE_STOPPED', `${call}:`)
  }
  const entered = enters()
  const run = named('run', () => conversation.run({ task: 'go' }))
  await entered
  const stopping = runtime.stop({ deadlineMs: 0 })
  const paused = named('pause', () => conversation.pause())
  await Promise.all([run, stopping, paused])
  await named('run', () => conversation.run({ task: 'go' }))
  await named('runStream', async () => {
    for await (const _ of conversation.runStream({ task: 'go' }));
  })
  await named('pause', () => conversation.pause())
  await named('reset', () => conversation.reset())
  await named('loadState', () => conversation.loadState(saved))
  await conversation.stop() // nothing runs
  expect(await conversation.saveState()).toMatchObject({ team: own.name }) // it can still be saved
})

describe('a run that does not begin leaves its conversation as it was', () => {
  /** A condition with these alarms, as a user could write it by hand. */
  const alarmed = (alarms: unknown) => {
    return { ...defineCondition({ look: (state) => ({ state, hits: [] }) }), alarms } as never
  }
  const broken = { now: () => 0, wallNow: () => 0, soon: () => {} } as unknown as Clock
  const cases: [string, Partial<TeamOptions>, ErrorCode][] = [
    ['alarms that are not a list', { stopWhen: alarmed(5) }, 'HEDDLE_INVALID_TEAM'],
    ['an alarm that is NaN', { stopWhen: alarmed([1, Number.NaN]) }, 'HEDDLE_INVALID_TEAM'],
    ['an alarm below 0', { stopWhen: alarmed([-1]) }, 'HEDDLE_INVALID_TEAM'],
    ['an alarm that is a string', { stopWhen: alarmed(['5']) }, 'HEDDLE_INVALID_TEAM'],
  ]
  test.each(cases)('%s is refused where the team is defined', async (_, options, said) => {
    await expectRefusal(() => team([speaker('a')], options), said)
  })

  test('a clock that fails, and then does not', async () => {
    const clock = new ManualClock()
    let fails = true
    const own = team([speaker('a')], {
      budget: { turns: 1, ms: 1_000 },
      stopWhen: alarmed([5]),
      clock: Object.assign(Object.create(clock), {
        after: (ms: number, run: () => void) => {
          if (fails && ms === 1_000) return (broken as Clock).after(ms, run)
          return clock.after(ms, run)
        },
        wallNow: () => 0,
      }),
    })
    await expect(own.run({ task: 'x' })).rejects.toThrow(TypeError)
    expect(clock.pending).toBe(0) // the alarm that it had set is cancelled
    fails = false
    expect(said(await own.run({ task: 'x' }))).toEqual(['user: x', 'a: well'])
  })
})
