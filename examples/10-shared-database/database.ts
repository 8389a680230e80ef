import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defineResource } from 'heddle'

/** The same path on every thread of the process. */
export const FILE = join(tmpdir(), `heddle-example-${process.pid}.sqlite`)

/**
 * A handle can't cross to another thread, so each lane opens its own. All agents of the lane share
 * it.
 */
export const database = defineResource({
  name: 'database',
  setup: () => {
    // waits if another lane is writing
    const db = new DatabaseSync(FILE, { timeout: 10_000 })
    db.exec('CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, account TEXT, amount INT)')
    db.exec('CREATE TABLE IF NOT EXISTS attempts (account TEXT, attempt INT)')
    db.exec('CREATE TABLE IF NOT EXISTS mails (text TEXT)')
    return db
  },
  dispose: (db) => db.close(),
})
