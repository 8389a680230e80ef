/**
 * A run is controlled from outside whatever its lane and its own flow do, and no
 * deadline of a request decides about it.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { userProxyAgent } from '../../src/agentchat/agents/user-proxy.ts'
import { timeout } from '../../src/agentchat/conditions/conditions.ts'
import type { Flow } from '../../src/agentchat/flows/flow.ts'
import { magenticOne } from '../../src/agentchat/flows/magentic-one.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import type { Team, TeamOptions } from '../../src/agentchat/teams/team.ts'
import { drop, SingleThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { said, speaker, team } from './autogen/cast.ts'

/** A flow that tells when it is asked, and decides when it is let. */
function held() {
  let asked = Promise.withResolvers<void>()
  let open = Promise.withResolvers<void>()
  const flow: Flow = {
    kind: 'held',
    initial: { next: 0 },
    next: async ({ state, speakers }) => {
      asked.resolve()
      await open.promise
      open = Promise.withResolvers()
      const at = Number(state.next)
      state.next = at + 1
      return { kind: 'speak', names: [(speakers[at % speakers.length] as { name: string }).name] }
    },
  }
  const isAsked = async () => {
    await asked.promise
    asked = Promise.withResolvers()
  }
  return { flow, isAsked, open: () => open.resolve() }
}

/** On a runtime in which every request is late: a run needs none. */
async function startedLate(own: Team, options = {}) {
  const agents = own.agents
  const runtime = await SingleThreadedRuntime.start({ agents, requestDeadlineMs: 1, ...options })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return { runtime, conversation: own.conversation(runtime, 'conv') }
}

const members = [speaker('a'), speaker('b')]
const twoTurns: Partial<TeamOptions> = { budget: { turns: 2 } }

describe('while the flow decides', () => {
  test('a stop ends the run at once', async () => {
    const { flow, isAsked } = held()
    const { conversation } = await startedLate(team(members, { ...twoTurns, flow }))
    const run = conversation.run({ task: 'go' })
    await isAsked()
    await conversation.stop()
    const { stopReason, messages } = await run
    expect(stopReason.kind).toBe('stopped')
    expect(messages.map(({ source }) => source)).toEqual(['user'])
  })

  test.each<[string, Partial<TeamOptions>, object]>([
    ['the budget’s time', { budget: { ms: 500, turns: 2 } }, { kind: 'budget', what: 'ms' }],
    ['a condition’s time', { ...twoTurns, stopWhen: timeout(500) }, { kind: 'condition' }],
  ])('%s ends the run', async (_, options, reason) => {
    const { flow, isAsked } = held()
    const clock = new ManualClock()
    const { conversation } = await startedLate(team(members, { ...options, flow, clock }))
    const run = conversation.run({ task: 'go' })
    await isAsked()
    clock.advance(500)
    expect((await run).stopReason).toMatchObject(reason)
  })

  test('a pause lets nobody begin, and the flow is asked again when the run goes on', async () => {
    const { flow, isAsked, open } = held()
    const { conversation } = await startedLate(team(members, { ...twoTurns, flow }))
    const run = conversation.run({ task: 'go' })
    await isAsked()
    open()
    await isAsked() // a has spoken
    await conversation.pause()
    conversation.resume()
    await isAsked()
    open()
    expect(said(await run)).toEqual(['user: go', 'a: well', 'b: well'])
  })

  test('a run that is cut keeps its task for the next run', async () => {
    const { flow, isAsked, open } = held()
    const { conversation } = await startedLate(team(members, { ...twoTurns, flow }))
    const controller = new AbortController()
    const run = conversation.run({ task: 'go', signal: controller.signal })
    await isAsked()
    controller.abort('enough')
    expect(said(await run)).toEqual(['user: go'])
    const next = conversation.run()
    await isAsked()
    open()
    await isAsked()
    open()
    expect(said(await next)).toEqual(['a: well', 'b: well'])
  })
})

test('a Magentic-One team that is cut in its first call of the model goes on with its task', async () => {
  const asked = Promise.withResolvers<void>()
  const never = new Promise<never>(() => {})
  const shown: string[] = []
  const model = scriptedModel(({ messages }) => {
    shown.push(JSON.stringify(messages))
    asked.resolve()
    return shown.length === 1 ? never : 'facts'
  })
  const flow = magenticOne({ model, ledgerAttempts: 1 })
  const { conversation } = await startedLate(team(members, { flow, budget: {} }))
  const run = conversation.run({ task: 'find a train' })
  await asked.promise
  await conversation.stop()
  expect((await run).stopReason.kind).toBe('stopped')
  await conversation.run()
  expect(shown[1]).toEqual(shown[0])
})

test('a speaker whose turn takes too long is named by the failed run', async () => {
  const never = defineChatAgent({ name: 'slow', respond: () => new Promise(() => {}) })
  const own = team([never, speaker('b')], twoTurns)
  const { conversation } = await startedLate(own, { turnTimeoutMs: 1, turnGraceMs: 1 })
  const { stopReason } = await conversation.run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'failed', source: 'slow' })
})

test('what a speaker said is not asked again, though nothing of it came to the manager', async () => {
  let asked = 0
  const a = defineChatAgent({
    name: 'a',
    respond: async (_, { nextId }) => {
      const content = `the ${++asked}th`
      return { kind: 'message', message: { kind: 'text', id: nextId(), source: 'a', content } }
    },
  })
  const own = team([a], { budget: { turns: 1 } })
  let isLost = true
  const { conversation } = await startedLate(own, {
    requestDeadlineMs: 30_000,
    interventions: [
      {
        onPublish: (message: { readonly name: string }) => {
          if (isLost && message.name === 'heddle.chat.spoke') return drop('lost')
          if (isLost && message.name === 'heddle.chat.cut') throw new Error('no room')
          return message
        },
      },
    ],
  })
  const { stopReason } = await conversation.run({ task: 'go' })
  expect(stopReason).toMatchObject({ kind: 'failed', text: expect.stringContaining('lost') })
  isLost = false
  expect(said(await conversation.run())).toEqual(['a: the 1th'])
  expect(asked).toBe(1)
})

test('a run that its runtime takes no further after a pause has failed, and can go on', async () => {
  const { flow, isAsked, open } = held()
  let isFull = false
  const { conversation } = await startedLate(team(members, { budget: { turns: 1 }, flow }), {
    interventions: [
      {
        onPublish: (message: { readonly name: string }) => {
          if (isFull && message.name === 'heddle.chat.go-on') throw new Error('no room')
          return message
        },
      },
    ],
  })
  const run = conversation.run({ task: 'go' })
  await isAsked()
  await conversation.pause()
  isFull = true
  conversation.resume()
  expect((await run).stopReason).toMatchObject({
    kind: 'failed',
    error: { code: 'HEDDLE_INTERVENTION_FAILED' },
  })
  const next = conversation.run()
  await isAsked()
  open()
  expect(said(await next)).toEqual(['a: well'])
})

test('many runs at once end by themselves, though every request is late', async () => {
  const own = team(members, { ...twoTurns, flow: selector({ model: scriptedModel(() => 'a') }) })
  const { runtime } = await startedLate(own)
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, at) => own.conversation(runtime, `c${at}`).run({ task: 'go' })),
  )
  expect(new Set(results.map(({ stopReason }) => stopReason.kind))).toEqual(new Set(['budget']))
})

describe('of two humans that are asked at once', () => {
  const both: Flow = {
    kind: 'both',
    initial: { asked: false },
    next: ({ state }) => {
      if (state.asked === true) {
        return { kind: 'stop', reason: { kind: 'completed', text: 'both have spoken' } }
      }
      state.asked = true
      return { kind: 'speak', names: ['ann', 'bob'] }
    },
  }
  const asking = () =>
    team([userProxyAgent({ name: 'ann' }), userProxyAgent({ name: 'bob' })], {
      flow: both,
      budget: {},
    })

  test('each can be answered on its own, in any order', async () => {
    const { conversation } = await startedLate(asking())
    const { stopReason } = await conversation.run({ task: 'go' })
    const requests = stopReason.kind === 'input' ? stopReason.requests : []
    expect(requests.map(({ source }) => source)).toEqual(['ann', 'bob'])
    const second = await conversation.run({ input: { [String(requests[1]?.id)]: 'blue' } })
    expect(second.stopReason).toMatchObject({ kind: 'input', requests: [{ source: 'ann' }] })
    const last = await conversation.run({ input: 'red' })
    expect(said(last)).toEqual(['ann: red', 'bob: blue'])
  })

  test('an answer is given again where the run was cut before it was used', async () => {
    const entered = Promise.withResolvers<void>()
    const inputs: (string | undefined)[] = []
    const ann = defineChatAgent({
      name: 'ann',
      respond: async (_, { input, nextId }) => {
        inputs.push(input)
        if (input === undefined) return { kind: 'input', prompt: 'which?' }
        if (inputs.length === 2) {
          entered.resolve()
          await new Promise(() => {})
        }
        const content = `it is ${input}`
        return { kind: 'message', message: { kind: 'text', id: nextId(), source: 'ann', content } }
      },
    })
    const own = team([ann, userProxyAgent({ name: 'bob' })], { budget: { turns: 1 } })
    const { conversation } = await startedLate(own)
    await conversation.run({ task: 'go' })
    const cut = conversation.run({ input: 'red' })
    await entered.promise
    await conversation.stop()
    expect((await cut).stopReason.kind).toBe('stopped')
    expect(said(await conversation.run())).toEqual(['ann: it is red'])
    expect(inputs).toEqual([undefined, 'red', 'red'])
  })
})
