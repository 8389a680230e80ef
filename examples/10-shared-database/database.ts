import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defineResource } from 'heddle'

/** The same on every thread of the process. */
export const FILE = join(tmpdir(), `heddle-example-${process.pid}.sqlite`)

/** A handle can't cross a thread, so each lane opens its own; all agents of the lane share it. */
export const database = defineResource({
  name: 'database',
  setup: () => {
    // another lane may be writing: wait for it
    const db = new DatabaseSync(FILE, { timeout: 10_000 })
    db.exec('CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, account TEXT, amount INT)')
    db.exec('CREATE TABLE IF NOT EXISTS attempts (account TEXT, attempt INT)')
    return db
  },
  dispose: (db) => db.close(),
})
