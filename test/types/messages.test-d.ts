/** Messages, requests and topics: how they may be made, and where they may be sent. */
import { z } from 'zod'
import {
  type DeepReadonly,
  defineMessage,
  defineRequest,
  defineTopic,
  type Message,
  type Request,
  type Runtime,
  type Schema,
  type StopReason,
  type TaskEnd,
  type TaskEvent,
  type Turn,
  topicId,
} from '../../src/index.ts'
import { type Equal, exactly } from './equal.ts'

const Ticket = defineMessage('ticket', z.object({ id: z.string(), tags: z.array(z.string()) }))
const Note = defineMessage('note', z.string())
const Tick = defineMessage('tick')
const Score = defineRequest('score', { payload: z.object({ text: z.string() }), reply: z.number() })
const Listed = defineRequest('listed', {
  reply: z.object({ items: z.array(z.object({ at: z.date() })) }),
})
const Ping = defineRequest('ping', { reply: z.literal('pong') })

exactly<'ticket'>()(Ticket.name)
exactly<'message'>()(Ticket.kind)
exactly<'request'>()(Score.kind)
exactly<Message<'ticket', { id: string; tags: string[] }>>()(Ticket({ id: '1', tags: [] }))
exactly<Message<'tick', undefined>>()(Tick())
exactly<Request<'score', { text: string }, number>>()(Score({ text: 'x' }))
exactly<Request<'ping', undefined, 'pong'>>()(Ping())
exactly<string>()(Ticket({ id: '1', tags: [] }).payload.id)

// @ts-expect-error a field is missing
Ticket({ id: '1' })
// @ts-expect-error a field too many
Ticket({ id: '1', tags: [], text: 'x' })
// @ts-expect-error a payload is missing
Note()
// @ts-expect-error the message takes no payload
Tick('x')
// @ts-expect-error payloads are frozen
Ticket({ id: '1', tags: [] }).payload.tags.push('x')

// A message with a transforming schema is called with the input and handled as the output.
const Dated = defineMessage(
  'dated',
  z.object({ at: z.string().transform((text) => new Date(text)), n: z.number().default(0) }),
)
exactly<Message<'dated', { at: Date; n: number }>>()(Dated({ at: '2026-01-01' }))
declare const anySchema: Schema<string, number>
exactly<Message<'any', number>>()(defineMessage('any', anySchema)('text'))

type Deep = DeepReadonly<{
  list: { a: number }[]
  map: Map<string, { a: number }>
  set: Set<string>
  when: Date
  blob: Blob
  bytes: Uint8Array
  pair: [number, string]
  maybe?: { a: number }
  open: unknown
}>
type Expected = {
  readonly list: readonly { readonly a: number }[]
  readonly map: ReadonlyMap<string, { readonly a: number }>
  readonly set: ReadonlySet<string>
  readonly when: Date
  readonly blob: Blob
  readonly bytes: Uint8Array
  readonly pair: readonly [number, string]
  readonly maybe?: { readonly a: number }
  readonly open: unknown
}
export const deep: Equal<Deep, Expected> = true

const tickets = defineTopic('tickets', [Ticket, Note])
exactly<string>()(tickets.type)
declare const runtime: Runtime
declare const turn: Turn<{ n: number }, undefined, object>

export async function topics(): Promise<void> {
  await runtime.publish(Ticket({ id: '1', tags: [] }), tickets('a'))
  await runtime.publish(Note('x'), tickets('a'))
  await runtime.publish(Tick(), 'anything/a')
  await runtime.publish(Tick(), topicId('anything', 'a'))
  turn.publish(Tick())
  turn.publish(Note('x'), tickets('a'), { toSelf: true })
  // @ts-expect-error this topic carries no ticks
  await runtime.publish(Tick(), tickets('a'))
  // @ts-expect-error the topic carries no ticks, in a turn too
  turn.publish(Tick(), tickets('a'))
  // @ts-expect-error the topic carries no ticks, as a task too
  await runtime.run(Tick(), tickets('a'))
  // @ts-expect-error from outside, a topic is required
  await runtime.publish(Tick())
  // @ts-expect-error a request is sent, and not published
  await runtime.publish(Ping(), 'ping/a')
  // @ts-expect-error a message is published, and not sent
  await runtime.send(Tick(), 'agent/a')
  // @ts-expect-error a look-alike is not a message
  await runtime.publish({ name: 'tick' }, 'tick/a')
  // @ts-expect-error a topic type carries messages
  defineTopic('scores', [Score])
}

export async function requests(): Promise<void> {
  exactly<number>()(await runtime.send(Score({ text: 'x' }), 'scorer/a'))
  const listed = await runtime.send(Listed(), 'scorer/a')
  exactly<{ readonly items: readonly { readonly at: Date }[] }>()(listed)
  // @ts-expect-error a reply is frozen
  listed.items.push({ at: new Date(0) })
  exactly<'pong'>()(await runtime.send(Ping(), { type: 'a', key: 'b' }, { deadlineMs: 5 }))
  exactly<number>()(await turn.send(Score({ text: 'x' }), 'scorer/a'))
  exactly<{ n: number }>()(turn.state)
  // @ts-expect-error an option that does not exist
  await runtime.send(Ping(), 'a/b', { timeout: 5 })
}

export async function tasks(): Promise<string> {
  const task = await runtime.run(Note('x'), tickets('a'))
  for await (const event of task.events) exactly<TaskEvent>()(event)
  const end = await task.ended
  exactly<TaskEnd>()(end)
  return textOf(end.stopReason)
}

/** The union is closed: this compiles only while every kind has its case. */
function textOf(reason: StopReason): string {
  switch (reason.kind) {
    case 'completed':
    case 'stopped':
      return reason.kind
    case 'dead-letters':
      return `${reason.count} ${reason.first.kind}`
    case 'dropped':
    case 'withdrawn':
      return `${reason.count} ${reason.first}`
    case 'cancelled':
      return reason.reason
    case 'task-limit':
      return `${reason.limit} ${reason.value}`
  }
}
