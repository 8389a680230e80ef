/**
 * The schema of what a model can be shown: for what an agent adds to its history, what is handed
 * over, and what is loaded.
 */
import * as z from 'zod'
import type { ModelMessage } from './model.ts'

const metadata = z.record(z.string(), z.unknown()).optional()
export const toolCall = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.string(),
  metadata,
})
export const contentPart = z.union([
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('image'), mediaType: z.string(), data: z.string() }),
  z.object({ kind: z.literal('image-url'), url: z.string() }),
])
export const toolResult = z.object({
  callId: z.string(),
  name: z.string(),
  content: z.union([z.string(), z.array(contentPart)]),
  isError: z.boolean(),
})

export const modelMessage = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(contentPart)]),
    source: z.string(),
  }),
  z.object({
    role: z.literal('assistant'),
    content: z.string(),
    toolCalls: z.array(toolCall).optional(),
    thought: z.string().optional(),
    source: z.string(),
    metadata,
  }),
  z.object({ role: z.literal('tool'), results: z.array(toolResult) }),
]) as unknown as z.ZodType<ModelMessage>
