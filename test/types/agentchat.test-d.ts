/** What infers without a type that the user writes: arguments of tools, contents of structured messages, why a run ended. */
import { z } from 'zod'
import {
  type ChatMessage,
  type ChatStopReason,
  defineStructured,
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

/** Every kind of end is named: a new one is an error here. */
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
