import { defineMessage, defineTopic } from 'heddle'
import { z } from 'zod'

export const Job = defineMessage('job', z.object({ text: z.string() }))
export const Done = defineMessage('done', z.object({ text: z.string(), words: z.number() }))

/**
 * The messages that may be published on `jobs/…`. Publishing any other message there does not
 * compile.
 */
export const jobs = defineTopic('jobs', [Job, Done])
