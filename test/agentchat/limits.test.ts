/**
 * The limits of chat agents and teams: how many model calls at once, and how long a turn may take.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { closureAgent, type RuntimeOptions, SingleThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Book, booker } from '../fixtures/chat/booked.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const nextLoop = () => new Promise((resolve) => setImmediate(resolve))

/** A model that counts how many of its calls are under way at once. */
function counted(answerTo: (call: number) => string = () => 'well') {
  let now = 0
  let most = 0
  const model = scriptedModel(async ({ caller }) => {
    most = Math.max(most, ++now)
    for (let turn = 0; turn < 5; turn++) await nextLoop()
    now--
    return answerTo(caller.call)
  })
  return { model, most: () => most, calls: () => model.calls.length }
}

async function startedWith(team: Team, options: RuntimeOptions) {
  const runtime = await SingleThreadedRuntime.start({ agents: team.agents, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const runs = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, at) => {
        return team.conversation(runtime, `conv-${at}`).run({ task: 'go' })
      }),
    )
  return { runtime, runs }
}

const assistant = (name: string, model: ReturnType<typeof scriptedModel>, limit?: string) =>
  assistantAgent({ name, model, system: null, ...(limit !== undefined && { limit }) })

describe('a named limit bounds the model calls', () => {
  test('of an agent, over all conversations, which all end', async () => {
    const { model, most, calls } = counted()
    const team = defineTeam({
      name: 'talk',
      participants: [assistant('one', model, 'openai'), assistant('other', model, 'openai')],
      flow: roundRobin(),
      budget: { turns: 4 },
    })
    // every request is late, and none decides about a run
    const { runs } = await startedWith(team, { limits: { openai: 3 }, requestDeadlineMs: 1 })
    const results = await runs(40)
    expect(new Set(results.map(({ stopReason }) => stopReason.kind))).toEqual(new Set(['budget']))
    expect([most(), calls()]).toEqual([3, 160])
  })

  test('of a team: of its flow, of a team in it and of one behind a tool; an agent’s own goes first', async () => {
    const [shared, own] = [counted(), counted()]
    const asks = scriptedModel(({ messages }) => {
      const isAnswered = messages.at(-1)?.role === 'tool'
      return isAnswered ? 'done' : { toolCalls: [{ name: 'desk', arguments: { task: 'help' } }] }
    })
    const desk = assistant('desk', shared.model)
    const inner = defineTeam({
      name: 'inner',
      participants: [assistant('deep', shared.model), assistant('free', own.model, 'wide')],
      flow: roundRobin(),
      budget: { turns: 2 },
    })
    const asker = assistantAgent({ name: 'asker', model: asks, tools: [agentTool(desk)] })
    const choosing = counted((call) => (call % 2 === 0 ? 'inner' : 'asker'))
    const team = defineTeam({
      name: 'outer',
      participants: [inner, asker],
      flow: selector({ model: choosing.model, repeats: 'allowed' }),
      limit: 'narrow',
      budget: { turns: 2 },
    })
    const limits = { narrow: 1, wide: 5 }
    const { runtime, runs } = await startedWith(team, { limits })
    await runs(12)
    expect([shared, choosing, own].map(({ calls }) => calls())).toEqual([24, 24, 12])
    expect([shared.most(), choosing.most()]).toEqual([1, 1])
    const used = new Map(runtime.agents().map(({ type, limits }) => [type, limits]))
    expect(used.get('outer.asker.desk')).toEqual(['narrow'])
    expect(used.get('outer.inner.free')).toEqual(['wide'])
  })

  test('and what an agent of one’s own does within it', async () => {
    let now = 0
    let most = 0
    const agent = defineChatAgent({
      name: 'own',
      limit: 'desk',
      respond: async (_, context) => {
        const content = await context.withLimit(async () => {
          most = Math.max(most, ++now)
          await nextLoop()
          now--
          return 'served'
        })
        return {
          kind: 'message',
          message: { kind: 'text', id: context.nextId(), source: 'own', content },
        }
      },
    })
    const team = defineTeam({
      ...{ name: 'served', participants: [agent], flow: roundRobin(), budget: { turns: 1 } },
    })
    const { runs } = await startedWith(team, { limits: { desk: 2 } })
    const results = await runs(10)
    expect(results.map(({ messages }) => messages.length)).toEqual(Array(10).fill(2))
    expect(most).toBe(2)
  })

  test('a stop reaches a run whose agent waits for its limit', async () => {
    const never = scriptedModel(() => new Promise<string>(() => {}))
    const team = defineTeam({
      name: 'held',
      participants: [assistant('one', never)],
      flow: roundRobin(),
      limit: 'one',
      budget: { turns: 1 },
    })
    const { runtime } = await startedWith(team, { limits: { one: 1 } })
    const first = team.conversation(runtime, 'first')
    const holds = first.run({ task: 'go' })
    while (never.calls.length === 0) await nextLoop()
    const second = team.conversation(runtime, 'second')
    const waits = second.run({ task: 'go' })
    for (let turn = 0; turn < 20; turn++) await nextLoop()
    await second.stop()
    expect((await waits).stopReason.kind).toBe('stopped')
    expect(never.calls.length).toBe(1)
    await first.stop()
    expect((await holds).stopReason.kind).toBe('stopped')
  })
})

describe('a limit that does not exist', () => {
  const team = defineTeam({
    name: 'lost',
    participants: [assistant('one', scriptedModel(['well']))],
    flow: roundRobin(),
    limit: 'nowhere',
    budget: { turns: 1 },
  })
  const fields = { limit: 'nowhere', known: ['openai'], agent: 'lost' }

  test('is refused when the team’s agents are registered', async () => {
    const limits = { openai: 1 }
    const start = () => SingleThreadedRuntime.start({ agents: team.agents, limits })
    const error = await expectRefusal(start, 'HEDDLE_UNKNOWN_LIMIT', "which 'lost' uses")
    expect(error.fields).toEqual(fields)
  })

  test('is refused where the team runs on a runtime of its own', async () => {
    await expectRefusal(() => team.run({ task: 'go' }), 'HEDDLE_UNKNOWN_LIMIT')
  })

  test('fails the run of an agent that runs alone', async () => {
    const { stopReason } = await assistant('one', scriptedModel(['well']), 'x').run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_UNKNOWN_LIMIT' } })
  })
})

onBothRuntimes('an agent whose limits the runtime has not', ({ start }) => {
  const closed = closureAgent({
    type: 'closed',
    limits: ['desk'],
    handlers: (on) => [on(Book, () => 'booked')],
  })

  test('is refused, and its type is free again', async () => {
    const runtime = await start({ limits: { till: 1 } })
    for (const agent of [booker, closed]) {
      const error = await expectRefusal(() => runtime.register(agent), 'HEDDLE_UNKNOWN_LIMIT')
      expect(error.fields).toEqual({ limit: 'desk', known: ['till'], agent: agent.type })
    }
    expect(runtime.agents()).toEqual([])
  })
})

describe('a turn of a chat agent', () => {
  const hangs = scriptedModel(() => new Promise<string>(() => {}))
  test.for([
    ['its own', { turnTimeoutMs: 100 }, {}],
    ['its team’s', {}, { turnTimeoutMs: 100 }],
    ['its own before its team’s', { turnTimeoutMs: 100 }, { turnTimeoutMs: 100_000 }],
  ] as const)('may take as long as the option says: %s', async ([, own, teams]) => {
    const team = defineTeam({
      name: 'slow',
      participants: [assistantAgent({ name: 'one', model: hangs, ...own })],
      flow: roundRobin(),
      budget: { turns: 1 },
      ...teams,
    })
    const { runs } = await startedWith(team, { turnGraceMs: 1 })
    const [result] = await runs(1)
    expect(result?.stopReason).toMatchObject({
      kind: 'failed',
      error: { code: 'HEDDLE_TURN_TIMEOUT', fields: { limitMs: 100 } },
    })
  })
})

describe('wrong limits are refused where they are given', () => {
  const model = scriptedModel([])
  const rest = { flow: roundRobin(), budget: { turns: 1 } }
  test.for([
    [{ limit: '' }, 'limit'],
    [{ limit: 5 }, 'limit'],
    [{ turnTimeoutMs: 0 }, 'turnTimeoutMs'],
    [{ turnTimeoutMs: '1s' }, 'turnTimeoutMs'],
    [{ turnTimeoutMs: Number.POSITIVE_INFINITY }, 'turnTimeoutMs'],
  ] as const)('%o', async ([wrong, name]) => {
    const options = wrong as object
    const assists = () => assistantAgent({ name: 'a', model, ...options })
    await expectRefusal(assists, 'HEDDLE_INVALID_CHAT_AGENT', name)
    const respond = async () => ({ kind: 'input' as const, prompt: 'x' })
    const defines = () => defineChatAgent({ name: 'a', respond, ...options })
    await expectRefusal(defines, 'HEDDLE_INVALID_CHAT_AGENT', name)
    const participants = [assistantAgent({ name: 'a', model })]
    const teams = () => defineTeam({ name: 't', participants, ...rest, ...options })
    await expectRefusal(teams, 'HEDDLE_INVALID_TEAM', name)
  })
})
