/** `defineAgent` infers its types: its user writes none. */
import { z } from 'zod'
import {
  type AgentRegistration,
  type ConfigurableAgent,
  closureAgent,
  defineAgent,
  defineMessage,
  defineRequest,
  defineResource,
  type KeyedState,
  keyed,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { exactly } from './equal.ts'

const Ticket = defineMessage('ticket', z.object({ id: z.string(), tags: z.array(z.string()) }))
const Tick = defineMessage('tick')
const Score = defineRequest('score', {
  payload: z.object({ text: z.string() }),
  reply: z.object({ points: z.number() }),
})
const Ping = defineRequest('ping', { reply: z.literal('pong') })
const Note = defineRequest('note', { payload: z.string() })

class Database {
  readonly rows: string[] = []
}
const database = defineResource({ name: 'database', setup: async () => new Database() })

export const everything = defineAgent(import.meta.url, {
  type: 'everything',
  limits: ['desk'],
  config: z.object({ threshold: z.number(), mode: z.enum(['fast', 'deep']).default('fast') }),
  uses: { database },
  setup: async ({ config, resources, signal, lane, type }) => {
    exactly<{ threshold: number; mode: 'fast' | 'deep' }>()(config)
    exactly<Database>()(resources.database)
    exactly<AbortSignal>()(signal)
    exactly<number>()(lane)
    exactly<string>()(type)
    return { model: { weight: config.threshold } }
  },
  dispose: (made) => exactly<{ model: { weight: number } }>()(made),
  state: {
    seen: 0,
    last: null as string | null,
    notes: keyed<{ text: string }>(),
    log: keyed<{ text: string }>({ entries: 'frozen' }),
  },
  handlers: (on) => [
    on(Ticket, (ticket, turn) => {
      exactly<{ readonly id: string; readonly tags: readonly string[] }>()(ticket)
      exactly<number>()(turn.state.seen)
      exactly<string | null>()(turn.state.last)
      exactly<KeyedState<{ text: string }>>()(turn.state.notes)
      exactly<{ text: string } | undefined>()(turn.state.notes.get('a'))
      exactly<{ threshold: number; mode: 'fast' | 'deep' }>()(turn.config)
      exactly<Database>()(turn.resources.database)
      exactly<number>()(turn.resources.model.weight)
      turn.state.seen += 1
      turn.state.last = ticket.id
      turn.state.notes.set(ticket.id, { text: 'x' })
      exactly<KeyedState<{ readonly text: string }>>()(turn.state.log)
      // @ts-expect-error an unknown state field
      turn.state.sen = 1
      // @ts-expect-error a value of another type
      turn.state.seen = 'one'
      // @ts-expect-error a keyed field is changed by entries, and not replaced by a record
      turn.state.notes = { a: { text: 'x' } }
      // @ts-expect-error an entry of another type
      turn.state.notes.set('a', { words: 1 })
      // @ts-expect-error an unknown resource
      turn.resources.databases
      // @ts-expect-error payloads are frozen
      ticket.id = 'other'
      // @ts-expect-error payloads are frozen deeply
      ticket.tags.push('more')
    }),
    on(
      Score,
      async (request, turn) => {
        exactly<{ readonly text: string }>()(request)
        exactly<{ readonly points: number }>()(
          await turn.send(Score({ text: 'more' }), { type: 'everything', key: 'other' }),
        )
        exactly<'pong'>()(await turn.send(Ping(), 'everything/other'))
        const paid = await turn.once('pay', async () => ({ ids: ['a'] }))
        exactly<{ readonly ids: readonly string[] }>()(paid)
        exactly<number>()(await turn.once('count', () => 1))
        exactly<undefined>()(await turn.send(Note('x'), 'everything/other'))
        return { points: turn.state.seen }
      },
      {
        match: (request, context) => {
          exactly<{ readonly text: string }>()(request)
          exactly<string>()(context.key)
          exactly<string | undefined>()(context.topicType)
          return request.text !== ''
        },
      },
    ),
    on(Ping, () => 'pong'),
    on(Note, () => undefined),
    on(Tick, (nothing) => exactly<undefined>()(nothing)),
    // @ts-expect-error nobody would run a generator
    on(Ping, function* () {}),
    // @ts-expect-error nobody would run an asynchronous generator
    on(Ping, async function* () {}),
    // @ts-expect-error a request's handler returns its reply
    on(Score, () => ({ score: 1 })),
    // @ts-expect-error a request's handler must return a reply
    on(Score, () => {}),
    // @ts-expect-error a promise of another type is not a promise of the reply
    on(Score, async () => 'many'),
    // @ts-expect-error a predicate sees the payload's own fields
    on(Ticket, () => {}, { match: (ticket) => ticket.name === 'x' }),
    on(Ticket, () => {}, {
      // @ts-expect-error an unknown name is an error at that name
      macth: () => true,
    }),
    on(Ticket, () => {}, {
      // @ts-expect-error a promise is always true
      match: async () => true,
    }),
    on(
      Ticket,
      // @ts-expect-error a generator is an error at the handler
      function* () {},
    ),
    on(Tick, (): unknown => Ticket({ id: '1', tags: [] })),
    on(Tick, () => JSON.parse('{}')),
    on(Tick, (): never => {
      throw new Error('always')
    }),
    // @ts-expect-error a name is not a message type
    on('ticket', () => {}),
  ],
})
interface EverythingState {
  seen: number
  last: string | null
  notes: KeyedState<{ text: string }>
}
type EverythingMade = { readonly database: Database } & { model: { weight: number } }
type EverythingConfig = { threshold: number; mode?: 'fast' | 'deep' | undefined }
const plain: ConfigurableAgent<EverythingConfig, EverythingState, EverythingMade> = everything
const made: AgentRegistration<EverythingState, EverythingMade> = everything.with({ threshold: 1 })
exactly<typeof made>()(plain.with({ threshold: 1 }).as('other'))
// @ts-expect-error the state of another agent
const wrong: AgentRegistration<{ other: string }> = made
// An agent with any state and resources is an `AgentRegistration`.
const any: AgentRegistration = made
// @ts-expect-error a config that does not fit its schema
everything.with({ threshold: 'high' })
// @ts-expect-error no config at all
everything.with()
// @ts-expect-error a name before a config
everything.as('other')

export const bare = defineAgent(import.meta.url, {
  type: 'bare',
  handlers: (on) => [
    on(Tick, (_, turn) => {
      exactly<undefined>()(turn.config)
      // @ts-expect-error it has no state
      turn.state.count = 1
      // @ts-expect-error it has no resources
      turn.resources.client
    }),
  ],
})
const bareAgent: AgentRegistration = bare
// @ts-expect-error it takes no config
bare.with({})

export const onlySetup = defineAgent(import.meta.url, {
  type: 'only-setup',
  setup: () => new Database(),
  handlers: (on) => [on(Tick, (_, turn) => exactly<string[]>()(turn.resources.rows))],
})

export const onlyUses = defineAgent(import.meta.url, {
  type: 'only-uses',
  uses: { database },
  handlers: (on) => [on(Tick, (_, turn) => exactly<Database>()(turn.resources.database))],
})

// @ts-expect-error .with left out
void SingleThreadedRuntime.start({ agents: [everything] })
// @ts-expect-error .with left out, on threads
void ThreadedRuntime.start({ agents: [bare, everything] })
void ThreadedRuntime.start({ agents: [bare, everything.with({ threshold: 1 })] })
// @ts-expect-error no agent at all
void SingleThreadedRuntime.start({ agents: ['bare'] })

// @ts-expect-error an agent has handlers
defineAgent(import.meta.url, { type: 'no-handlers' })
// @ts-expect-error a closure agent keeps what it needs in its closures
closureAgent({ type: 'closure', state: { n: 0 }, handlers: () => [] })
