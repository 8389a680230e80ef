/** A provider that repeats the key that it was sent: nothing that heddle tells or keeps has it. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { openOpenAIServer, type Reaction } from '../fixtures/openai-server.ts'

const KEY = 'corp-very-secret-1'
let reaction: Reaction
let server: Awaited<ReturnType<typeof openOpenAIServer>>
let fixture: typeof import('../fixtures/chat/faulty.team.ts')

beforeAll(async () => {
  server = await openOpenAIServer(() => reaction)
  vi.stubEnv('HEDDLE_TEST_FAULTY_URL', server.url)
  fixture = await import('../fixtures/chat/faulty.team.ts')
})
afterAll(() => {
  server.stop()
  vi.unstubAllEnvs()
})

const words = `no key ${KEY} for http://me:swordfish@host/v1, as in Bearer ${KEY}`
const headers = { 'x-echo': KEY, 'set-cookie': `session=${KEY}` }
const WAYS: readonly [string, Reaction][] = [
  ['in a refusal', { kind: 'sends', status: 401, headers, body: { error: { message: words } } }],
  [
    'at the cut of a long refusal',
    { kind: 'sends', status: 400, body: { error: { message: `${'x'.repeat(490)} ${KEY}` } } },
  ],
  ['in a stream, as no JSON', { kind: 'events', events: [`{"${words}`] }],
  ['in a stream, as another shape', { kind: 'events', events: [{ answer: words }] }],
  ['in a stream, as an error', { kind: 'events', events: [{ error: { message: words } }] }],
]

describe.each(KINDS)('on $name', ({ start }) => {
  describe.each(['Openai', 'AiSdk'] as const)('by %sModel', (client) => {
    test.each(WAYS)('a key that is repeated %s is not told', async (_, hostile) => {
      reaction = hostile
      const team: Team = fixture[`by${client}`]
      const logged: unknown[] = []
      const runtime = await start({
        agents: team.agents,
        lanes: 1,
        log: (record) => void logged.push(record),
        report: (report) => void logged.push(report),
      })
      const items: unknown[] = []
      const conversation = team.conversation(runtime, 'c')
      for await (const item of conversation.runStream({ task: 'Hello' })) items.push(item)
      expect(server.headers.at(-1)?.authorization).toBe(`Bearer ${KEY}`)
      expect(items.at(-1)).toMatchObject({ stopReason: { kind: 'failed' } })
      const dead = await runtime.deadLetters.list()
      const kept = await runtime.saveState()
      const told = JSON.stringify([items, logged, dead, kept, runtime.stats()])
      expect(told).not.toMatch(/corp-ve|swordfish/)
    })
  })
})
