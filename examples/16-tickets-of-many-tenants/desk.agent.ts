/**
 * Three agents that subscribe to the topics of tickets, `ticket/<tenant>-<id>`, and keep a state
 * for each ticket.
 */
import { defineAgent } from 'heddle'
import { TeamRunEnded, textOf } from 'heddle/agentchat'
import { drafting } from './drafting.team.ts'
import * as said from './tickets.ts'

const subscriptions = [{ topic: 'ticket' }]

/** Passes on the lines that came together as one message. Later lines go to follow-up. */
export const triage = defineAgent(import.meta.url, {
  type: 'triage',
  subscriptions,
  state: { phase: 'new' as 'new' | 'gathering' | 'passed-on', lines: [] as said.Lines },
  handlers: (on) => [
    on(said.CustomerWrote, (line, turn) => {
      const { state, topic } = turn
      if (state.phase === 'passed-on') return turn.publish(said.CameLater(line), topic)
      if (state.phase === 'new') turn.publish(said.Gathered(), topic, { toSelf: true })
      state.phase = 'gathering'
      state.lines = [...state.lines, { by: 'customer', ...line }]
    }),
    on(said.StaffNoted, (line, { state }) => {
      state.lines = [...state.lines, { by: 'staff', ...line }]
    }),
    on(said.Gathered, (_, turn) => {
      turn.state.phase = 'passed-on'
      turn.publish(said.Triaged({ lines: [...turn.state.lines] }), turn.topic)
    }),
  ],
})

/**
 * Lets the team write the answer, in the ticket's own conversation, and sends it when it hears that
 * the run has ended. Its turn does not wait meanwhile.
 */
export const reply = defineAgent(import.meta.url, {
  type: 'reply',
  subscriptions,
  state: { isSent: false },
  handlers: (on) => [
    on(said.Triaged, ({ lines }, turn) => {
      const { key, topic } = turn
      const task = lines.map(({ by, from, text }, at) => {
        return {
          kind: 'text' as const,
          id: `${key}.${at}`,
          source: by,
          content: `${from}: ${text}`,
        }
      })
      drafting.begin(turn, key, { task, tell: topic ?? `ticket/${key}` })
    }),
    on(TeamRunEnded, ({ result: { messages, stopReason } }, turn) => {
      const last = messages.at(-1)
      if (last?.source !== 'writer') throw new Error(`no answer: ${stopReason.text}`)
      if (!turn.state.isSent) turn.publish(said.Answered(textOf(last)), turn.topic)
      turn.state.isSent = true
    }),
  ],
})

/** Keeps the answers and the lines that came later. */
export const followUp = defineAgent(import.meta.url, {
  type: 'follow-up',
  subscriptions,
  state: { answers: [] as string[], later: [] as { from: string; text: string }[] },
  handlers: (on) => [
    on(said.Answered, (text, { state }) => void state.answers.push(text)),
    on(said.CameLater, (line, { state }) => void state.later.push(line)),
    on(said.Report, (_, { state: { answers, later } }) => ({ answers, later })),
  ],
})
