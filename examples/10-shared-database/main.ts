/** Each lane has a database handle; a turn that runs twice pays once, and mails once. */
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ThreadedRuntime } from 'heddle'
import { cashier, Pay } from './cashier.agent.ts'
import { FILE } from './database.ts'
import { Mail, mailer } from './mailer.agent.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: [cashier, mailer] })
try {
  for (const account of ['ada', 'grace', 'unlucky']) {
    await runtime.publish(Pay({ amount: 10 }), `pay/${account}`)
    await runtime.publish(Pay({ amount: 20 }), `pay/${account}`)
  }
  await runtime.idle()
  const number = await runtime.send(Mail({ text: 'You have paid.' }), 'mailer/unlucky')
  console.log(`the answer is mail ${number}`)
} finally {
  await runtime.stop()
}

const db = new DatabaseSync(FILE)
const accounts = db.prepare(`
  SELECT account, group_concat(amount, ' and ' ORDER BY amount) AS paid,
    (SELECT max(attempt) FROM attempts WHERE attempts.account = payments.account) AS attempts
  FROM payments GROUP BY account ORDER BY account`)
for (const { account, paid, attempts } of accounts.all()) {
  console.log(
    `${account} paid ${paid}, in ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}`,
  )
}
const sent = db.prepare('SELECT count(*) AS mails FROM mails').get()
console.log(`mails that were sent: ${sent?.mails}`)
db.close()
rmSync(FILE)
