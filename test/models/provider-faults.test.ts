/**
 * The faults of a provider, on one thread and on lanes, by both clients: how the run ends, what is
 * asked again, and that the conversation goes on.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import type { Runtime } from '../../src/index.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import {
  type Asked,
  eventOf,
  openOpenAIServer,
  type React,
  type Reaction,
} from '../fixtures/openai-server.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'

let react: React
let server: Awaited<ReturnType<typeof openOpenAIServer>>
let fixture: typeof import('../fixtures/chat/faulty.team.ts')
/** How much the server had been asked when the test began. */
let before: number

beforeAll(async () => {
  server = await openOpenAIServer((asked, nth) => react(asked, nth))
  vi.stubEnv('HEDDLE_TEST_FAULTY_URL', server.url)
  fixture = await import('../fixtures/chat/faulty.team.ts')
})
afterAll(() => {
  server.stop()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  before = server.asked.length
})

const says = (...text: string[]): Reaction => ({ kind: 'says', text })
const calls = (name: string, given: object): Reaction => {
  return { kind: 'says', calls: [{ id: 'call_1', name, arguments: [JSON.stringify(given)] }] }
}
const refuses = (headers: Record<string, string>): Reaction => {
  return { kind: 'sends', status: 429, headers, body: { error: { message: 'slow down' } } }
}
const WELL = says('Take ', 'an umbrella.')

/** A tool is called first; the calls with its result are reacted to by these, and then well. */
function afterTheTool(...reactions: (Reaction | Promise<Reaction>)[]): void {
  react = ({ messages }) => {
    if (messages.at(-1)?.role !== 'tool') return calls('look', { city: 'Vienna' })
    return reactions.shift() ?? WELL
  }
}

/** What was asked in this test: the question, or with the result of the tool. */
function asked(): string[] {
  return server.asked.slice(before).map(({ messages }) => messages.at(-1)?.role ?? 'nothing')
}

const endOf = ({ messages, stopReason }: TaskResult) => {
  const last = messages.at(-1)
  return [last?.source, last && textOf(last), stopReason.kind]
}
const ANSWERED = ['guide', 'Take an umbrella.', 'condition']

type Client = 'Openai' | 'AiSdk'
const CLIENTS: readonly Client[] = ['Openai', 'AiSdk']
const teamOf = (client: Client): Team => fixture[`by${client}`]
const hastyTeamOf = (client: Client): Team => fixture[`soonBy${client}`]

describe.each(KINDS)('on $name', ({ name, start, share }) => {
  let sharedRuntime: () => Runtime
  const runtimeOf = () => sharedRuntime()
  const agentsOf = () =>
    CLIENTS.flatMap((one) => [...teamOf(one).agents, ...hastyTeamOf(one).agents])
  sharedRuntime = share({
    get agents() {
      return agentsOf()
    },
  })

  describe.each(CLIENTS)('by %sModel', (client) => {
    const converse = (key: string, runtime = runtimeOf()) => {
      return teamOf(client).conversation(runtime, `${client}-${key}`)
    }

    test('a provider that dies in the middle of a stream fails the run, which can go on', async () => {
      const piece = eventOf('small', { content: 'Take' })
      afterTheTool({ kind: 'events', events: [piece], end: 'cut' })
      const conversation = converse('dies')
      const kinds: string[] = []
      for await (const item of conversation.runStream({ task: 'What do I need?' })) {
        kinds.push(item.kind)
        if (item.kind !== 'result') continue
        expect(item.stopReason).toMatchObject({
          kind: 'failed',
          source: 'guide',
          error: {
            code: 'HEDDLE_MODEL_FAILED',
            fields: { kind: 'connection', retryable: true },
          },
        })
      }
      expect(kinds.slice(-3)).toEqual(['chunk', 'retracted', 'result'])
      expect(asked()).toEqual(['user', 'tool']) // what has shown a piece is not begun again
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test.each<[string, Reaction]>([
      ['bad JSON', { kind: 'events', events: ['{"choi'] }],
      ['no shape', { kind: 'events', events: [{ answer: 42 }] }],
    ])('a provider that answers with %s fails the run, which can go on', async (name, nonsense) => {
      afterTheTool(nonsense)
      const conversation = converse(name.replace(' ', '-'))
      const { stopReason } = await conversation.run({ task: 'What do I need?' })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
      expect(asked()).toEqual(['user', 'tool'])
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test('a provider that is too slow ends the turn by its limit, and is left', async () => {
      afterTheTool({ kind: 'silent' })
      const conversation = hastyTeamOf(client).conversation(runtimeOf(), `${client}-slow`)
      const { stopReason } = await conversation.run({ task: 'What do I need?' })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT' } })
      await server.leftBy(server.asked.at(-1) as Asked)
      expect(asked()).toEqual(['user', 'tool'])
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test('a provider that asks to wait is asked again, and only what it had refused', async () => {
      const waits = { 'retry-after-ms': '1' }
      afterTheTool(refuses(waits), refuses(waits))
      const result = await converse('waits').run({ task: 'What do I need?' })
      expect(endOf(result)).toEqual(ANSWERED)
      expect(asked()).toEqual(['user', 'tool', 'tool', 'tool'])
    })

    test('a provider that asks to wait too long is not waited for', async () => {
      const year = 365 * 86_400
      afterTheTool(refuses({ 'retry-after': `${year}` }))
      const conversation = converse('waits-long')
      const { stopReason } = await conversation.run({ task: 'What do I need?' })
      const told = { kind: 'rate-limit', status: 429, retryable: true, retryAfterMs: 2 ** 31 - 1 }
      expect(stopReason).toMatchObject({ error: { code: 'HEDDLE_MODEL_FAILED', fields: told } })
      expect(asked()).toEqual(['user', 'tool'])
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test('a wait that is longer than the turn may take ends with the turn', async () => {
      afterTheTool(refuses({ 'retry-after': '30' }))
      const conversation = hastyTeamOf(client).conversation(runtimeOf(), `${client}-waits-longer`)
      const { stopReason } = await conversation.run({ task: 'What do I need?' })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT' } })
      expect(asked()).toEqual(['user', 'tool'])
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test('a turn that fails beside its call leaves the provider, and the run can go on', async () => {
      const out = Promise.withResolvers<void>()
      react = async ({ messages }) => {
        if (messages.length === 0) {
          await out.promise
          return { kind: 'hangs-up' } // to a tool that does not await it
        }
        if (messages.at(-1)?.role !== 'tool') return calls('leave', {})
        out.resolve()
        return { kind: 'silent' }
      }
      const conversation = converse('fails-beside')
      const { stopReason } = await conversation.run({ task: 'What do I need?' })
      expect(stopReason).toMatchObject({ kind: 'failed', error: { message: 'fetch failed' } })
      await server.leftBy(server.asked.findLast(({ messages }) => messages.length > 0) as Asked)
      afterTheTool()
      expect(endOf(await conversation.run())).toEqual(ANSWERED)
    })

    test('a stop waits for the call that is out', async () => {
      const answer = Promise.withResolvers<Reaction>()
      afterTheTool(answer.promise)
      const runtime = await start({ agents: teamOf(client).agents, lanes: 1 })
      const run = converse('drained', runtime).run({ task: 'What do I need?' })
      await server.askedTimes(before + 2)
      const stopped = runtime.stop()
      answer.resolve(WELL)
      expect((await stopped).left).toBe(0)
      expect(endOf(await run)).toEqual(ANSWERED)
    })

    test('a stop ends the call that is out at its deadline, and a saved conversation goes on', async () => {
      const first = await start({ agents: teamOf(client).agents, lanes: 1 })
      afterTheTool()
      const conversation = converse('stopped', first)
      await conversation.run({ task: 'What do I need?' })
      const saved = await conversation.saveState()
      afterTheTool({ kind: 'silent' })
      const run = conversation.run({ task: 'And tomorrow?' })
      const ended = expect(run).rejects.toMatchObject({ code: 'HEDDLE_STOPPED' })
      await server.askedTimes(before + 4)
      const report = await first.stop({ deadlineMs: 1 })
      expect(report.left).toBeGreaterThan(0)
      await ended
      await server.leftBy(server.asked.at(-1) as Asked)
      const second = await start({ agents: teamOf(client).agents, lanes: 1 })
      const again = converse('stopped', second)
      await again.loadState(saved)
      expect(endOf(await again.run({ task: 'And tomorrow?' }))).toEqual(ANSWERED)
    })

    test('a call is made again if it was out when its lane died, and no other', async () => {
      if (name === 'SingleThreadedRuntime') return // its lane is the thread of the program
      const mark = join(tempFolder('falls'), 'fallen')
      const isFall = (one?: { readonly content?: unknown }) => one?.content === 'Fall'
      let hasFallen = false
      react = (given) => {
        const { messages } = given
        if (!messages.some(isFall)) return hasFallen ? WELL : { kind: 'silent' }
        if (hasFallen) return says('I stand.')
        hasFallen = true
        return calls('fall', { mark })
      }
      const runtime = await start({ agents: teamOf(client).agents, lanes: 1 })
      const waiting = converse('waiting', runtime).run({ task: 'What do I pack?' })
      await server.askedTimes(before + 1)
      const falling = converse('falling', runtime).run({ task: 'Fall' })
      expect(endOf(await waiting)).toEqual(ANSWERED)
      expect(endOf(await falling)).toEqual(['guide', 'I stand.', 'condition'])
      const first = server.asked.slice(before).filter(({ messages }) => isFall(messages.at(-1)))
      expect(first).toHaveLength(1) // what had come back before the lane died was recorded
      expect(asked().filter((role) => role === 'tool')).toHaveLength(1)
      expect(endOf(await converse('waiting', runtime).run({ task: 'And now?' }))).toEqual(ANSWERED)
    })
  })
})
