/**
 * User code that ignores its signal: the caller stops waiting for it as soon as the signal aborts.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import type { ChatAgent, ChatContext } from '../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import type { AssistantOptions } from '../../src/agentchat/assistant/assistant-options.ts'
import {
  type CodeExecutorOptions,
  codeExecutorAgent,
} from '../../src/agentchat/code/code-executor.ts'
import { defineCondition } from '../../src/agentchat/conditions/condition.ts'
import { magenticOne } from '../../src/agentchat/flows/magentic-one.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { selector } from '../../src/agentchat/flows/selector.ts'
import { TeamMachine } from '../../src/agentchat/machine/team-machine.ts'
import { newTeamState } from '../../src/agentchat/machine/team-state.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import type { Team, TeamOptions } from '../../src/agentchat/teams/team.ts'
import { tool } from '../../src/agentchat/tools/chat-tool.ts'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import {
  type Script,
  type ScriptedAnswer,
  scriptedModel,
} from '../../src/testing/scripted-model.ts'
import {
  deafManager,
  deafModel,
  deafSigns,
  deafSpeakers,
  never,
} from '../fixtures/chat/deaf.team.ts'
import { said, speaker } from './autogen/cast.ts'

/** So long that no turn is given up within a test, so a turn that ends has ended by itself. */
const turnGraceMs = 3_600_000

type Tell = () => void
/** Reports that it was called, and never settles. */
const deaf = (tell: Tell) => () => {
  tell()
  return never<never>()
}
const anyTool = (run: () => unknown) => {
  return tool({ name: 'work', description: '', parameters: z.object({}), run })
}
const callsWork: Script = () => ({ toolCalls: [{ name: 'work', arguments: {} }] })
const assistant = (options: Partial<AssistantOptions>) => {
  return assistantAgent({ name: 'a', model: scriptedModel(() => 'well'), ...options })
}
const coder = (options: Partial<CodeExecutorOptions>) => {
  const model = scriptedModel(() => '```js\n1\n```')
  return codeExecutorAgent({ name: 'a', model, execute: { run: () => never() }, ...options })
}
const teamOf = (participants: TeamOptions['participants'], options: Partial<TeamOptions> = {}) => {
  return defineTeam({ name: 'deaf', participants, flow: roundRobin(), ...options })
}

const AGENTS: Readonly<Record<string, (tell: Tell) => ChatAgent>> = {
  'an agent of one’s own': (tell) => defineChatAgent({ name: 'a', respond: deaf(tell) }),
  'a model': (tell) => assistant({ model: deafModel(tell) }),
  'a model that streams': (tell) => assistant({ model: deafModel(tell), stream: 'chunks' }),
  'a memory': (tell) => assistant({ memory: [{ query: deaf(tell) }] }),
  'a tool': (tell) => {
    return assistant({ model: scriptedModel(callsWork), tools: [anyTool(deaf(tell))] })
  },
  'an agent behind a tool': (tell) => {
    const expert = defineChatAgent({ name: 'work', respond: deaf(tell) })
    const call = { toolCalls: [{ name: 'work', arguments: { task: 'x' } }] }
    return assistant({ model: scriptedModel(() => call), tools: [agentTool(expert)] })
  },
  'the model of a code executor': (tell) => coder({ model: deafModel(tell) }),
  'an approval': (tell) => coder({ approve: deaf(tell) }),
  'what executes code': (tell) => coder({ execute: { run: deaf(tell) } }),
  'the model of a society of mind': (tell) => {
    const team = teamOf([speaker('x')], { budget: { turns: 1 } })
    return societyOfMindAgent({ name: 'a', team, model: deafModel(tell) })
  },
  'a member of a society of mind': (tell) => {
    const team = teamOf([defineChatAgent({ name: 'x', respond: deaf(tell) })])
    return societyOfMindAgent({ name: 'a', team, model: deafModel() })
  },
}
const two = () => [speaker('x'), speaker('y')]
const TEAMS: Readonly<Record<string, (tell: Tell) => Team>> = {
  'a flow': (tell) => teamOf(two(), { flow: { kind: 'deaf', initial: {}, next: deaf(tell) } }),
  'a condition': (tell) => teamOf(two(), { stopWhen: defineCondition({ look: deaf(tell) }) }),
  'the model of a selector': (tell) =>
    teamOf(two(), { flow: selector({ model: deafModel(tell) }) }),
  'the choice of a selector': (tell) => {
    return teamOf(two(), { flow: selector({ model: deafModel(), choose: deaf(tell) }) })
  },
  'the candidates of a selector': (tell) => {
    return teamOf(two(), { flow: selector({ model: deafModel(), candidates: deaf(tell) }) })
  },
  'the model of a magenticOne': (tell) => {
    return teamOf(two(), { flow: magenticOne({ model: deafModel(tell) }) })
  },
}

/** A signal that aborts when the call has begun. */
function meeting() {
  const begun = Promise.withResolvers<void>()
  const controller = new AbortController()
  void begun.promise.then(() => setImmediate(() => controller.abort('enough')))
  return { tell: begun.resolve, signal: controller.signal }
}

const cancelled = { kind: 'cancelled', reason: 'enough' }

test.for(Object.entries(AGENTS))(
  '%s: an agent alone ends, and can be run again',
  async ([, make]) => {
    const { tell, signal } = meeting()
    const agent = make(tell)
    expect((await agent.run({ task: 'go', signal })).stopReason).toMatchObject(cancelled)
    expect(agent.saveState().history).toEqual([])
    const aborted = AbortSignal.abort('enough')
    expect((await agent.run({ task: 'go', signal: aborted })).stopReason).toMatchObject(cancelled)
  },
)

const inTeams = [
  ...Object.entries(AGENTS).flatMap(([name, make]) => [
    [`${name} in a team`, (tell: Tell) => teamOf([make(tell)])] as const,
    [
      `${name} in a team in a team`,
      (tell: Tell) =>
        teamOf([defineTeam({ name: 'inner', participants: [make(tell)], flow: roundRobin() })]),
    ] as const,
  ]),
  ...Object.entries(TEAMS).flatMap(([name, make]) => [
    [name, make] as const,
    [
      `${name} of a team in a team`,
      (tell: Tell) => {
        return defineTeam({ name: 'outer', participants: [make(tell)], flow: roundRobin() })
      },
    ] as const,
  ]),
]

test.for(inTeams)('%s: the run ends, and another one begins', async ([, make]) => {
  const { tell, signal } = meeting()
  const team = make(tell)
  const runtime = await SingleThreadedRuntime.start({ agents: team.agents, turnGraceMs })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const conversation = team.conversation(runtime, 'conv')
  expect((await conversation.run({ task: 'go', signal })).stopReason).toMatchObject(cancelled)
  await conversation.saveState()
})

describe('on lanes', () => {
  let runtime: Runtime
  beforeAll(async () => {
    const agents = [deafSpeakers, deafManager].flatMap((team) => team.agents)
    runtime = await ThreadedRuntime.start({ agents, lanes: 2, turnGraceMs })
  })
  afterAll(async () => void (await runtime?.stop({ deadlineMs: 0 })))

  test.for([
    ['speakers and what they call', deafSpeakers, deafSigns],
    ['a flow', deafManager, new Set(['deaf-manager thought'])],
  ] as const)('%s: the run ends', async ([, team, signs]) => {
    const controller = new AbortController()
    const conversation = team.conversation(runtime, 'conv')
    const missing = new Set(signs)
    let end: unknown
    for await (const item of conversation.runStream({ task: 'go', signal: controller.signal })) {
      if (item.kind === 'result') end = item.stopReason
      else if (missing.delete(`${item.source} ${item.kind}`) && missing.size === 0) {
        controller.abort('enough')
      }
    }
    expect(end).toMatchObject(cancelled)
    await conversation.saveState()
  })
})

test('what is answered after the abort has no effect: no tool runs, nothing is kept or shown', async () => {
  const answer = Promise.withResolvers<ScriptedAnswer>()
  const { tell, signal } = meeting()
  let ran = 0
  const { create, ...client } = scriptedModel(() => answer.promise as never)
  const model = {
    ...client,
    create: ({ signal: _, ...request }: Parameters<typeof create>[0]) => {
      tell()
      return create(request)
    },
  }
  const helper = assistant({ model, tools: [anyTool(() => ran++)] })
  const shown: string[] = []
  for await (const { kind } of helper.runStream({ task: 'go', signal })) shown.push(kind)
  answer.resolve({ toolCalls: [{ name: 'work', arguments: {} }] })
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  expect({ ran, shown }).toEqual({ ran: 0, shown: ['text', 'result'] })
  expect(helper.saveState().history).toEqual([])
})

test('tools that had not begun when the run was cancelled do not begin', async () => {
  const { tell, signal } = meeting()
  const ran: string[] = []
  const named = (name: string, run: () => unknown) => {
    return tool({
      name,
      description: '',
      parameters: z.object({}),
      run: () => {
        ran.push(name)
        return run()
      },
    })
  }
  const toolCalls = ['first', 'second'].map((name) => ({ name, arguments: {} }))
  const tools = [named('first', deaf(tell)), named('second', () => 'done')]
  const helper = assistant({ model: scriptedModel(() => ({ toolCalls })), tools, toolsAtOnce: 1 })
  await helper.run({ task: 'go', signal })
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  expect(ran).toEqual(['first'])
})

test('a flow that goes on after its signal has aborted changes nothing that its team keeps', async () => {
  const late = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const flow: TeamOptions['flow'] = {
    ...{ kind: 'late', initial: { seen: 0 } },
    next: async ({ state }) => {
      await late.promise
      state.seen = 1
      over.resolve()
      return never()
    },
  }
  const { signal, tell } = meeting()
  const plan = {
    ...{ name: 'late', speakers: [], filters: new Map(), flow, stopWhen: undefined, budget: {} },
    ifBusy: 'refuse' as const,
  }
  const state = newTeamState(flow.initial)
  const thread = { length: 0, read: () => [], append: () => {}, clear: () => {} }
  const withLimit = <T>(call: () => Promise<T>) => call()
  const host = { key: 'conv', signal, ending: signal, now: () => 0, withLimit, emit: () => {} }
  const machine = new TeamMachine(plan, state, thread, host)
  tell()
  await machine.begin({ messages: [], input: {}, token: 'x', owner: 'x' })
  await expect(machine.decide()).rejects.toBe('enough')
  late.resolve()
  await over.promise
  expect(state.flow).toEqual({ seen: 0 })
})

test('an agent that goes on after its turn is refused by its context', async () => {
  const { tell, signal } = meeting()
  const late = Promise.withResolvers<void>()
  const calls: Record<string, (context: ChatContext) => unknown> = {
    history: ({ history }) => history.append({ role: 'user', source: 'x', content: 'late' }),
    emit: ({ emit }) => emit({ kind: 'thought', source: 'a', content: 'late' }),
    nextId: ({ nextId }) => nextId(),
    spending: ({ spending }) => spending.modelCall(),
  }
  const codes: Record<string, unknown> = {}
  const over = Promise.withResolvers<void>()
  const agent = defineChatAgent({
    name: 'a',
    respond: async (_, context) => {
      tell()
      await late.promise
      for (const [name, call] of Object.entries(calls)) {
        try {
          codes[name] = call(context)
        } catch (error) {
          codes[name] = (error as { code?: unknown }).code
        }
      }
      over.resolve()
      return never()
    },
  })
  await agent.run({ task: 'go', signal })
  late.resolve()
  await over.promise
  const code = 'HEDDLE_TURN_ENDED'
  expect(codes).toEqual({ history: code, emit: code, nextId: code, spending: code })
  expect(agent.saveState().history).toEqual([])
})

test('a stream that fails, ends early or gives its result is let go, and not waited for', async () => {
  const { capabilities, countTokens } = scriptedModel([])
  const result = {
    content: 'hi',
    toolCalls: [],
    finish: 'stop',
    usage: { promptTokens: 1, completionTokens: 1 },
  }
  const parts = [
    { kind: 'chunk', text: 'h' },
    { kind: 'result', result },
  ]
  let returned = 0
  const model = {
    ...{ name: 'own', capabilities, countTokens, create: () => never<never>() },
    stream: () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: parts.shift() as never }),
        return: () => {
          returned++
          return never<never>()
        },
      }),
    }),
  }
  expect(said(await assistant({ model, stream: 'chunks' }).run({ task: 'go' }))).toContain('a: hi')
  expect(returned).toBe(1)
})
