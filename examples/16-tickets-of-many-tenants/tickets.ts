import { defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'

const line = z.object({ from: z.string(), text: z.string() })
const lines = z.array(line.extend({ by: z.enum(['customer', 'staff']) }))
export type Lines = Readonly<z.infer<typeof lines>>

export const CustomerWrote = defineMessage('customer-wrote', line)
export const StaffNoted = defineMessage('staff-noted', line)
/**
 * Triage sends this to itself, so it is handled after all messages that had come for the ticket by
 * then.
 */
export const Gathered = defineMessage('gathered')
export const Triaged = defineMessage('triaged', z.object({ lines }))
export const CameLater = defineMessage('came-later', line)
export const Answered = defineMessage('answered', z.string())

/** Asks for the answers to a ticket, and for the lines that came later. */
export const Report = defineRequest('report', {
  reply: z.object({ answers: z.array(z.string()), later: z.array(line) }),
})
