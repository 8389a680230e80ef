/**
 * Types that are inferred, so that the user writes none: arguments of tools, contents of structured
 * messages, stop reasons of runs.
 */
import { z } from 'zod'
import {
  assistantAgent,
  type ChatMessage,
  type ChatStopReason,
  defineStructured,
  type ModelClient,
  type TaskInput,
  tool,
} from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

tool({
  name: 'add',
  description: 'Adds.',
  parameters: z.object({ a: z.number(), b: z.number().optional() }),
  run: (args) => exactly<{ a: number; b?: number | undefined }>()(args),
})

const Review = defineStructured('review', z.object({ passed: z.boolean() }))

export function verdictOf(message: ChatMessage): boolean | undefined {
  if (!Review.is(message)) return undefined
  exactly<boolean>()(message.content.passed)
  return message.content.passed
}

/** A message keeps the schema's input; `read` returns its output. */
const Order = defineStructured(
  'order',
  z.object({ at: z.string().transform((text) => new Date(text)), most: z.number().default(1) }),
)
export function orderOf(message: ChatMessage): Date | undefined {
  const order = Order.read(message)
  exactly<{ at: Date; most: number } | undefined>()(order)
  if (Order.is(message)) {
    exactly<string>()(message.content.at)
    exactly<number | undefined>()(message.content.most)
  }
  return order?.at
}
Order.make({ at: '2026-11-05' }, { id: '1', source: 'a' })
// @ts-expect-error the output is not an input
Order.make({ at: new Date() }, { id: '1', source: 'a' })
export const structured = (model: ModelClient) =>
  assistantAgent({ name: 'a', model, output: Order })

/** A task may be deeply frozen, as all messages of a run are. */
const history = [
  { kind: 'text', id: '1', source: 'user', content: 'What is this?' },
  {
    kind: 'multimodal',
    id: '2',
    source: 'user',
    content: [{ kind: 'image-url', url: 'https://example.org/cat.png' }],
  },
  {
    kind: 'handoff',
    id: '3',
    source: 'user',
    target: 'a',
    content: 'go on',
    context: [{ role: 'user', source: 'user', content: 'before' }],
  },
] as const
export const tasks: readonly TaskInput[] = [history, history[1], 'a text']

export function changed(message: ChatMessage): void {
  // @ts-expect-error messages are frozen
  message.source = 'b'
  // @ts-expect-error parts of messages are frozen
  if (message.kind === 'multimodal') message.content.push({ kind: 'text', text: 'more' })
}

/** Every stop reason has a case, so that a new one is an error here. */
export function figureOf(reason: ChatStopReason): number {
  switch (reason.kind) {
    case 'budget':
      return reason.used / reason.limit
    case 'condition':
      return reason.conditions.length
    case 'input':
      return reason.requests.length
    case 'completed':
      return reason.neverRan?.length ?? 0
    case 'no-progress':
      return reason.speakers.length
    case 'stalled':
      return reason.waiting.length
    case 'cancelled':
    case 'failed':
    case 'stopped':
      return 0
  }
}
