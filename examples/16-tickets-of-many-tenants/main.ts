/**
 * Tickets of many tenants at once. Each gets one answer to everything that its customers wrote, and
 * the notes of the staff stay out of it.
 */
import { closureAgent, ThreadedRuntime } from 'heddle'
import { textOf } from 'heddle/agentchat'
import { followUp, reply, triage } from './desk.agent.ts'
import { drafting } from './drafting.team.ts'
import * as said from './tickets.ts'

/** Tickets with the note of the tenant's staff, which no customer may see. */
const TICKETS = { 'acme-1': 'key account', 'acme-2': 'pays late', 'globex-1': 'key account' }
const due: { key: string; lines: said.Lines }[] = []

/** Only collects the tickets, since a turn can't run a conversation. */
const collector = closureAgent({
  type: 'collector',
  subscriptions: [{ topic: 'ticket' }],
  handlers: (on) => [on(said.Triaged, ({ lines }, { key }) => void due.push({ key, lines }))],
})
const agents = [triage, reply, followUp, collector, ...drafting.agents]
const runtime = await ThreadedRuntime.start({ lanes: 2, agents })
try {
  const came = Object.entries(TICKETS).flatMap(([key, note]) => [
    { key, message: said.StaffNoted({ from: 'sam', text: note }) },
    { key, message: said.CustomerWrote({ from: 'ann', text: 'the loom jams' }) },
    { key, message: said.CustomerWrote({ from: 'bob', text: 'ours too' }) },
  ])
  await Promise.all(came.map(({ key, message }) => runtime.publish(message, `ticket/${key}`)))
  await runtime.idle()
  await Promise.all(due.map(answer))
  const thanks = said.CustomerWrote({ from: 'ann', text: 'it runs again' })
  await runtime.publish(thanks, 'ticket/acme-1')
  await runtime.idle()

  for (const key of Object.keys(TICKETS)) {
    const { answers, later } = await runtime.send(said.Report(), `follow-up/${key}`)
    console.log(`${key}, ${answers.length} answer: ${answers.join()}`)
    for (const { from, text } of later) console.log(`  later, ${from}: ${text}`)
  }
  console.log(`${runtime.deadLetters.list().length} messages lost`)
} finally {
  await runtime.stop()
}

/** Lets the team write the answer, in the ticket's own conversation. */
async function answer({ key, lines }: { key: string; lines: said.Lines }): Promise<void> {
  const task = lines.map(({ by, from, text }, at) => {
    return { kind: 'text' as const, id: `${key}.${at}`, source: by, content: `${from}: ${text}` }
  })
  const { messages, stopReason } = await drafting.conversation(runtime, key).run({ task })
  const last = messages.at(-1)
  if (last?.source !== 'writer') throw new Error(`${key} has no answer: ${stopReason.text}`)
  await runtime.publish(said.Drafted(textOf(last)), `ticket/${key}`)
}
