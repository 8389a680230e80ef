import { defineMessage, defineTopic } from 'heddle'
import { z } from 'zod'

export const Job = defineMessage('job', z.object({ text: z.string() }))
export const Done = defineMessage('done', z.object({ text: z.string(), words: z.number() }))

/** What may be published on `jobs/…`: any other message there does not compile. */
export const jobs = defineTopic('jobs', [Job, Done])
