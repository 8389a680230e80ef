import { defineAgent, defineMessage } from 'heddle'
import { z } from 'zod'
import { database } from './database.ts'

export const Pay = defineMessage('pay', z.object({ amount: z.int() }))

/**
 * Writes payments into a table. heddle can't take these writes back, so each payment has an
 * idempotency key, which makes sure that it counts once.
 */
export const cashier = defineAgent(import.meta.url, {
  type: 'cashier',
  uses: { database },
  handlers: (on) => [
    on(Pay, ({ amount }, turn) => {
      const { database } = turn.resources
      const { key, attempt } = turn
      database.prepare('INSERT INTO attempts VALUES (?, ?)').run(key, attempt)
      database
        .prepare('INSERT OR IGNORE INTO payments VALUES (?, ?, ?)')
        .run(turn.idempotencyKey('payment'), key, amount) // the same key at every attempt
      // The thread ends after the write and before the turn could commit, so the turn runs again on
      // a new thread.
      if (key === 'unlucky' && amount === 10 && attempt === 1) process.exit(1)
    }),
  ],
})
