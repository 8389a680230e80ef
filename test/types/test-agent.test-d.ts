/** `testAgent` infers types from the definition, from requests and from answers. */
import { z } from 'zod'
import {
  type AgentId,
  type AgentRegistration,
  defineAgent,
  defineMessage,
  defineRequest,
  defineResource,
  defineTopic,
  keyed,
  type Message,
} from '../../src/index.ts'
import { testAgent } from '../../src/testing/index.ts'
import { exactly } from './equal.ts'

const Ticket = defineMessage('ticket', z.object({ id: z.string() }))
const Other = defineMessage('other')
const tickets = defineTopic('tickets', [Ticket])
const Score = defineRequest('score', {
  payload: z.object({ text: z.string() }),
  reply: z.object({ points: z.number() }),
})
const Ping = defineRequest('ping', { reply: z.literal('pong') })

const database = defineResource({ name: 'database', setup: () => ({ rows: [] as string[] }) })

const triage = defineAgent(import.meta.url, {
  type: 'triage',
  config: z.object({ threshold: z.number(), mode: z.enum(['fast', 'deep']).default('fast') }),
  uses: { database },
  setup: () => ({ print: (_line: string) => {} }),
  state: { seen: 0, last: null as string | null, notes: keyed<{ text: string }>() },
  handlers: (on) => [on(Ticket, () => {})],
})
const bare = defineAgent(import.meta.url, {
  type: 'bare',
  handlers: (on) => [on(Ticket, () => {})],
})

const agent = await testAgent(triage, {
  config: { threshold: 1 },
  resources: { database: { rows: [] }, print: () => {} },
  answers: (on) => [
    on(Score, (request, { to }) => {
      exactly<{ readonly text: string }>()(request)
      exactly<AgentId>()(to)
      return { points: 1 }
    }),
    on(Score, async () => ({ points: 2 })),
    on(Ping, (nothing) => {
      exactly<undefined>()(nothing)
      return 'pong'
    }),
    // @ts-expect-error a reply of another type
    on(Score, () => ({ score: 1 })),
    // @ts-expect-error a message has no answer
    on(Ticket, () => {}),
  ],
})
exactly<number>()(agent.state.seen)
exactly<string | null>()(agent.state.last)
exactly<ReadonlyMap<string, { text: string }>>()(agent.state.notes)
// @ts-expect-error an unknown state field
agent.state.sen
// @ts-expect-error state is read-only here; only turns change it
agent.state.seen = 1
const untyped: AgentRegistration = triage.with({ threshold: 1 })
exactly<Readonly<Record<string, unknown>>>()((await testAgent(untyped)).state)
exactly<AgentId>()(agent.id)
exactly<{ readonly points: number }>()(await agent.ask(Score({ text: 'x' })))
exactly<'pong'>()(await agent.ask(Ping(), { sender: 'desk/a' }))
exactly<void>()(await agent.deliver(Ticket({ id: '1' }), { topic: tickets('a') }))
exactly<readonly { readonly message: Message; readonly topic: string }[]>()(agent.published)
exactly<readonly unknown[]>()(agent.emitted)
// @ts-expect-error the topic does not carry this message
void agent.deliver(Other(), { topic: tickets('a') })
// @ts-expect-error a request is asked, not delivered
void agent.deliver(Ping())
// @ts-expect-error a message is delivered, not asked
void agent.ask(Other())
// @ts-expect-error the list of published messages is read-only
agent.published.length = 0

// @ts-expect-error fakes of another shape than the resources
void testAgent(triage, { config: { threshold: 1 }, resources: { database: { rows: [] } } })
const resources = { database: { rows: 1 }, print: () => {} }
// @ts-expect-error a fake of another type
void testAgent(triage.with({ threshold: 1 }), { resources })
// @ts-expect-error its config is missing
void testAgent(triage, { key: 'a' })
// @ts-expect-error its options are missing
void testAgent(triage)
// @ts-expect-error a config that does not fit its schema
void testAgent(triage, { config: { threshold: 'high' } })
void testAgent(triage.with({ threshold: 1 }), { key: 'a' })
void testAgent(bare)
// @ts-expect-error it takes no config
void testAgent(bare, { config: {} })
// @ts-expect-error a string is not an agent
void testAgent('bare')
