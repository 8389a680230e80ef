/**
 * Why a run ended, as a schema: for the reasons that flows give, and for saved ones that are
 * loaded. The union is closed: a switch can handle all its kinds.
 */
import * as z from 'zod'
import type { BudgetKind, ChatStopReason } from './task.ts'

const text = z.string()
const texts = z.array(z.string())

/** One schema for each kind: the compiler checks that none is missing. */
const kinds: { readonly [Kind in ChatStopReason['kind']]: z.ZodType } = {
  completed: z.object({ kind: z.literal('completed'), text, neverRan: texts.optional() }),
  condition: z.object({
    kind: z.literal('condition'),
    text,
    conditions: z.array(z.looseObject({ kind: z.string(), text })),
  }),
  input: z.object({
    kind: z.literal('input'),
    text,
    requests: z.array(z.object({ id: z.string(), source: z.string(), prompt: z.string() })),
  }),
  budget: z.object({
    kind: z.literal('budget'),
    text,
    limit: z.number(),
    used: z.number(),
    what: z.enum(['turns', 'tokens', 'ms', 'toolCalls', 'depth'] satisfies readonly BudgetKind[]),
  }),
  cancelled: z.object({ kind: z.literal('cancelled'), text, reason: z.string() }),
  failed: z.object({
    kind: z.literal('failed'),
    text,
    source: z.string(),
    error: z.looseObject({ name: z.string(), message: z.string() }),
  }),
  stalled: z.object({ kind: z.literal('stalled'), text, waiting: texts }),
  'no-progress': z.object({ kind: z.literal('no-progress'), text, speakers: texts }),
  stopped: z.object({ kind: z.literal('stopped'), text }),
}

export const stopReasonSchema = z.discriminatedUnion('kind', Object.values(kinds) as never)
