/**
 * Calls every public function of `heddle/agentchat` and `heddle/testing`, and every method of what
 * these make, with a wrong value in place of each argument and of each option. Every error must
 * have a code. If a function returns something nevertheless, it is used, and a run of it that fails
 * must have a code too.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import * as chat from '../../src/agentchat/index.ts'
import { HeddleError } from '../../src/errors.ts'
import { closureAgent, defineMessage, type Runtime } from '../../src/index.ts'
import * as testing from '../../src/testing/index.ts'
import { speaker, team } from './autogen/cast.ts'

type Call = (...given: never[]) => unknown

/** A call, and arguments that it takes. */
interface Sample {
  readonly call: Call
  readonly given: readonly unknown[]
}

const WRONG: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a string', 'x'],
  ['an empty text', ''],
  ['a number', 5],
  ['NaN', Number.NaN],
  ['a truth value', true],
  ['an empty object', {}],
  ['an empty list', []],
  ['a list of nothing', [undefined]],
  ['a list of null', [null]],
  ['a function', () => undefined],
  ['an async function', async () => {}],
  ['a promise', Promise.resolve()],
  ['a map', new Map()],
  ['an object of the kind of none', { kind: 'none' }],
]

const asks = { toolCalls: [{ name: 'own', arguments: {} }] }
const model = testing.scriptedModel([asks, 'yes', 'yes', 'yes', 'yes', 'yes'])
const agent = speaker('own')
const pair = team([agent, speaker('other')], { budget: { turns: 1 } })
const parameters = z.object({})
const structured = chat.defineStructured('own', parameters)
const message = structured.make({}, { id: '1', source: 'own' })
const drawn = () => chat.graph().node('a').node('b').edge('a', 'b')
const executor = { run: async () => ({ exitCode: 0, output: '' }) }
const Told = defineMessage('told', z.object({}))
const closure = closureAgent({ type: 'own', handlers: (on) => [on(Told, () => {})] })
const out = { write: () => true }
const stay = async () => ({ kind: 'message', message }) as const

async function* items() {
  yield { kind: 'result', messages: [], usage: {}, stopReason: { kind: 'stopped', text: '' } }
}

/** A sample for each export that can be called. A test fails if a new export has none. */
const CALLS: Readonly<Record<string, readonly unknown[]>> = {
  agentTool: [agent, { name: 'own', description: '' }],
  assistantAgent: [
    {
      ...{ name: 'own', model, description: '', system: '', tools: [], toolsAtOnce: 1 },
      ...{ handoffs: [{ target: 'b', name: 'b', description: '', message: '' }], memory: [] },
      ...{ context: chat.unbounded(), stream: 'whole', maxToolIterations: 1, reflect: 'never' },
      ...{ summary: () => '', output: structured },
    },
  ],
  defineChatAgent: [{ name: 'own', description: '', produces: ['text'], respond: stay }],
  codeExecutorAgent: [
    {
      ...{ name: 'own', execute: executor, description: '', sources: ['a'], languages: ['sh'] },
      ...{ approve: () => ({ approved: true }), maxRetries: 0, model: undefined },
    },
  ],
  defineCondition: [{ initial: null, alarms: [1], look: () => ({ state: null, hits: [] }) }],
  externalStop: [],
  handoffTo: ['b'],
  maxMessages: [1, { events: 'counted' }],
  sourceMatch: [['a']],
  stopMessage: [],
  textMention: ['a', { sources: ['a'] }],
  textMessage: [{ source: 'a' }],
  timeout: [1],
  tokenUsage: [{ total: 1, prompt: 1, completion: 1 }],
  toolCalled: ['a'],
  when: ['a', () => true],
  printRun: [items(), { out, colours: 'never', totals: 'hidden', clock: undefined }],
  magenticOne: [{ model, maxTurns: 1, maxStalls: 1, ledgerAttempts: 1 }],
  roundRobin: [],
  selector: [
    {
      ...{ model, choose: () => 'a', candidates: () => ['a'], repeats: 'allowed', attempts: 1 },
      ...{ context: chat.unbounded(), prompt: '' },
    },
  ],
  swarm: [],
  graph: [],
  graphFlow: [drawn().build(), { sameSteps: 3 }],
  TeamRunEnded: [{ team: 'own', conversation: 'a', result: {} }],
  mermaidOf: [drawn().build(), { ran: {}, taken: [] }],
  listMemory: [['a']],
  textOf: [message],
  buffered: [1],
  headAndTail: [1, 1],
  tokenLimited: [1],
  unbounded: [],
  processExecutor: [{ timeoutMs: 1, folder: '.', env: {} }],
  societyOfMindAgent: [
    { name: 'own', team: pair, model, description: '', instruction: '', prompt: '' },
  ],
  defineStructured: ['own', parameters, { jsonSchema: { type: 'object' } }],
  defineTeam: [
    {
      ...{ name: 'own', description: '', participants: [{ agent, filter: { per: undefined } }] },
      ...{
        flow: chat.roundRobin(),
        stopWhen: chat.maxMessages(1),
        budget: { turns: 3 },
        clock: undefined,
      },
    },
  ],
  tool: [
    {
      ...{ name: 'own', description: '', parameters, jsonSchema: { type: 'object' } },
      ...{ mode: 'serial', run: () => '' },
    },
  ],
  toolContent: [[{ kind: 'text', text: 'a' }]],
  userProxyAgent: [{ name: 'own', description: '', prompt: '' }],
  scriptedModel: [
    [{ content: '', toolCalls: [], thought: '' }],
    { name: 'own', capabilities: {}, contextTokens: 1, clock: undefined, delayMs: 0 },
  ],
  startSimulated: [
    {
      ...{ agents: [], seed: 1, lanes: 1, kills: { probability: 0, most: 0 }, report: 'off' },
      ...{ failures: { probability: 0, most: 0 }, outside: 'refuse', stuck: [] },
    },
  ],
  testAgent: [closure, { key: 'a', answers: () => [], clock: undefined, resources: undefined }],
}

const runtime = {} as Runtime
/** The methods of what these calls make. */
const MEMBERS: Readonly<Record<string, () => Sample>> = {
  'graph().node': () => member(chat.graph(), 'node', ['a', { activation: 'any' }]),
  'graph().edge': () => {
    return member(chat.graph(), 'edge', [
      'a',
      'b',
      { when: 'x', group: 'b', activation: 'any', most: 1 },
    ])
  },
  'graph().edge with a condition': () => {
    return member(chat.graph(), 'edge', [
      'a',
      'b',
      { when: { kind: 'field', path: 'a', equals: 1 } },
    ])
  },
  'graph().branch': () => member(chat.graph(), 'branch', ['a', { x: 'b' }]),
  'graph().entry': () => member(chat.graph(), 'entry', ['a']),
  'graph().build': () => member(drawn(), 'build', []),
  'condition.and': () => member(chat.maxMessages(1), 'and', [chat.maxMessages(1)]),
  'condition.or': () => member(chat.maxMessages(1), 'or', [chat.maxMessages(1)]),
  'structured.is': () => member(structured, 'is', [message]),
  'structured.read': () => member(structured, 'read', [message]),
  'structured.make': () => member(structured, 'make', [{}, { id: '1', source: 'own' }]),
  'agent.run': () => member(agent, 'run', [{ task: 'go' }]),
  'team.run': () => member(pair, 'run', [{ task: 'go' }]),
  'team.conversation': () => member(pair, 'conversation', [runtime, 'key']),
}

function member(of: object, name: string, given: readonly unknown[]): Sample {
  const call = Reflect.get(of, name) as Call
  return { call: call.bind(of), given }
}

/** The arguments with a wrong value in place of one of them, or of a member of one. */
function* spoilt(given: readonly unknown[]): Generator<readonly [string, readonly unknown[]]> {
  for (let length = 0; length < given.length; length++) {
    yield [`only ${length} arguments`, given.slice(0, length)]
  }
  for (const [at, argument] of given.entries()) {
    for (const [what, wrong] of WRONG) yield [`${what} as ${at}`, given.with(at, wrong)]
    for (const [path, changed] of changes(argument))
      yield [`${path} of ${at}`, given.with(at, changed)]
  }
}

/**
 * The record with a wrong value in place of each of its members, two levels deep, and with an
 * unknown member.
 */
function* changes(value: unknown, deep = 2): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null || deep === 0) return
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.isFrozen(value)) return
  yield ['an option that nobody knows', { ...value, nobodyKnowsThis: 1 }]
  for (const [name, part] of Object.entries(value)) {
    for (const [what, wrong] of WRONG) yield [`${what} as ${name}`, { ...value, [name]: wrong }]
    for (const [path, inner] of changes(part, deep - 1)) {
      yield [`${path} of ${name}`, { ...value, [name]: inner }]
    }
  }
}

/** Errors without a code that were thrown, that rejected, or that failed a run. */
async function codeless({ call, given }: Sample, title: string): Promise<string[]> {
  const found: string[] = []
  for (const [what, args] of spoilt(given)) {
    try {
      await used(await call(...(args as never[])))
    } catch (error) {
      if (error instanceof HeddleError) continue
      found.push(`${title} with ${what}: ${String(error)}`)
    }
  }
  return found
}

/** Uses what was made. Throws an error without a code that fails its run. */
async function used(made: unknown): Promise<void> {
  const { runtime: started } = Object(made) as { runtime?: Runtime }
  if (typeof started?.stop === 'function') await started.stop({ deadlineMs: 0 })
  const runs = runnerOf(made)
  if (runs === undefined) return
  const { stopReason } = await runs.run({ task: '```sh\nls\n```' })
  if (stopReason.kind !== 'failed' || /^HEDDLE_/.test(stopReason.error.code ?? '')) return
  throw new Error(`its run failed: ${stopReason.error.name}: ${stopReason.error.message}`)
}

/** What can be run with it: itself, an agent that has it, or a team. */
function runnerOf(made: unknown): Pick<chat.Team, 'run'> | undefined {
  const { kind, next, view, query, format } = Object(made)
  const assistant = (options: object) => chat.assistantAgent({ name: 'own', model, ...options })
  if (kind === 'chat-agent' || kind === 'team') return made as chat.Team
  if (kind === 'tool') return assistant({ tools: [made], maxToolIterations: 2 })
  if (kind === 'condition')
    return team([agent], { stopWhen: made as chat.Condition, budget: { turns: 1 } })
  if (typeof view === 'function') return assistant({ context: made })
  if (typeof query === 'function') return assistant({ memory: [made] })
  if (typeof format === 'string') return assistant({ output: made })
  if (typeof next !== 'function') return undefined
  const first = kind === 'swarm' ? assistant({ handoffs: ['other'] }) : agent
  const cast = kind === 'graph' ? [speaker('a'), speaker('b')] : [first, speaker('other')]
  return team(cast, { flow: made as chat.Flow, budget: { turns: 2 } })
}

const functions = Object.entries({ ...chat, ...testing }).filter(
  ([, value]) => typeof value === 'function',
) as [string, Call][]

test('each public function has a sample of its arguments here', () => {
  expect(Object.keys(CALLS).sort()).toEqual(functions.map(([name]) => name).sort())
})

describe('a sample is right as it stands', () => {
  test.for(functions)('%s', async ([name, call]) => {
    await used(await call(...(CALLS[name] as never[])))
  })
})

describe('nothing wrong is refused without a code', () => {
  test.for(functions)('%s', async ([name, call]) => {
    expect(await codeless({ call, given: CALLS[name] as unknown[] }, name)).toEqual([])
  })
  test.for(Object.entries(MEMBERS))('%s', async ([name, sample]) => {
    expect(await codeless(sample(), name)).toEqual([])
  })
})

test('a call that throws without a code is found, and a run that fails so', async () => {
  const call = ({ name }: { name: string }) => name.length
  expect(await codeless({ call, given: [{ name: 'own' }] }, 'it')).toContain(
    "it with null as name of 0: TypeError: Cannot read properties of null (reading 'length')",
  )
  const fails = () => speaker('own', () => Promise.reject(new TypeError('no')))
  expect(await codeless({ call: fails, given: [1] }, 'it')).toContain(
    'it with nothing as 0: Error: its run failed: TypeError: no',
  )
})
