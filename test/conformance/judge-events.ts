/** D5, judged for the events that a task's watcher sees before their turn is over. */
import { type Call, lastCalls, withNested } from './history.ts'
import type { Play } from './play.ts'

/**
 * Events of a turn that was handled stay; those of every other attempt are followed by `retracted`.
 */
export function judgeEvents({ tasks, calls, lost }: Play): void {
  const seen = Map.groupBy(
    [...tasks.values()].flatMap(({ events }) => events),
    ({ messageId, agent }) => `${messageId}@${agent.slice(0, agent.indexOf('/'))}`,
  )
  for (const turn of lastCalls(calls)) {
    if (!isWatched(turn, tasks)) continue
    const shown = (seen.get(turn.id) ?? []).map(({ kind }) => kind)
    const stayed = shown.slice(shown.lastIndexOf('retracted') + 1)
    const isHandled = turn.outcome === 'done' && !lost.has(turn.id)
    const wanted = isHandled ? emittedIn(turn) : 0
    if (stayed.length !== wanted) {
      throw new Error(
        `${turn.label} on ${turn.agent}: ${wanted} events should have stayed, seen ${shown.join(' ')}`,
      )
    }
  }
}

/** Whether the turn's message descends from one that was published as a task. */
function isWatched({ label }: Call, tasks: Play['tasks']): boolean {
  return [...tasks.keys()].some((task) => label === task || label.startsWith(`${task}.`))
}

function emittedIn(turn: Call): number {
  return withNested(turn).flatMap(({ events }) =>
    events.filter(({ event }) => event.at === 'emitted'),
  ).length
}

/**
 * A task ends once nothing of it is in flight, and its end counts its deliveries and dead letters.
 */
export function judgeTaskEnds({ tasks, letters, records }: Play): void {
  let deliveries = 0
  let deadLetters = 0
  for (const { end } of tasks.values()) {
    deliveries += end.deliveries
    if (end.stopReason.kind === 'dead-letters') deadLetters += end.stopReason.count
  }
  const accepted = records.filter(({ kind }) => kind === 'accepted').length
  if (deliveries !== accepted)
    throw new Error(`${accepted} accepted, and ${deliveries} in tasks that ended`)
  if (deadLetters !== letters.length)
    throw new Error(`${letters.length} dead letters, ${deadLetters} in tasks`)
}
