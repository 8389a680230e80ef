import { defineAgent, defineRequest } from 'heddle'
import { z } from 'zod'
import { database } from './database.ts'

/** The reply is the number of the mail. */
export const Mail = defineRequest('mail', {
  payload: z.object({ text: z.string() }),
  reply: z.number(),
})

/**
 * Sends mails. Here a table stands for the service that sends them. It knows no keys, so it sends a
 * mail as often as it is asked.
 */
export const mailer = defineAgent(import.meta.url, {
  type: 'mailer',
  uses: { database },
  handlers: (on) => [
    on(Mail, async ({ text }, turn) => {
      const { database } = turn.resources
      const number = await turn.once('mail', () => {
        const { lastInsertRowid } = database.prepare('INSERT INTO mails VALUES (?)').run(text)
        return Number(lastInsertRowid)
      })
      // The number is recorded by now: the next attempt gets it, and sends nothing.
      if (turn.attempt === 1) process.exit(1)
      return number
    }),
  ],
})
