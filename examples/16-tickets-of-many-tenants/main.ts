/**
 * Tickets of many tenants at once. Each gets one answer to everything that its customers wrote, and
 * the notes of the staff stay out of it.
 */
import { ThreadedRuntime } from 'heddle'
import { followUp, reply, triage } from './desk.agent.ts'
import { drafting } from './drafting.team.ts'
import * as said from './tickets.ts'

/** Tickets with the note of the tenant's staff, which no customer may see. */
const TICKETS = { 'acme-1': 'key account', 'acme-2': 'pays late', 'globex-1': 'key account' }

const agents = [triage, reply, followUp, ...drafting.agents]
const runtime = await ThreadedRuntime.start({ lanes: 2, agents })
try {
  const came = Object.entries(TICKETS).flatMap(([key, note]) => [
    { key, message: said.StaffNoted({ from: 'sam', text: note }) },
    { key, message: said.CustomerWrote({ from: 'ann', text: 'the loom jams' }) },
    { key, message: said.CustomerWrote({ from: 'bob', text: 'ours too' }) },
  ])
  await Promise.all(came.map(({ key, message }) => runtime.publish(message, `ticket/${key}`)))
  await runtime.idle()
  const thanks = said.CustomerWrote({ from: 'ann', text: 'it runs again' })
  await runtime.publish(thanks, 'ticket/acme-1')
  await runtime.idle()

  for (const key of Object.keys(TICKETS)) {
    const { answers, later } = await runtime.send(said.Report(), `follow-up/${key}`)
    console.log(`${key}, ${answers.length} answer: ${answers.join()}`)
    for (const { from, text } of later) console.log(`  later, ${from}: ${text}`)
  }
  console.log(`${(await runtime.deadLetters.list()).length} messages lost`)
} finally {
  await runtime.stop()
}
