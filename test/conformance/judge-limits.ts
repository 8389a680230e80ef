/**
 * Named limits, judged from a history: a limit is never held by more turns than it has room for.
 */
import type { Play } from './play.ts'

/**
 * For a limit with room for one. Throws when a turn began to hold it while another held it and let
 * go later.
 */
export function judgeLimit({ history, calls }: Play): void {
  for (const call of calls) {
    for (const { place, event } of call.events) {
      if (event.at !== 'holds') continue
      const { label } = event
      const free = call.events.find((later) => {
        return later.place > place && later.event.at === 'lets-go' && later.event.label === label
      })
      if (free === undefined) continue // its lane died, or its turn ended before
      const meanwhile = history.slice(place + 1, free.place)
      const other = meanwhile.find(
        (one) => one.at === 'holds' && turnOf(one.id) !== turnOf(call.id),
      )
      if (other !== undefined) throw new Error(`${JSON.stringify(other)} while ${call.id} holds it`)
    }
  }
}

/** The id of a nested call begins with that of its turn. */
function turnOf(id: string): string {
  return id.split(/[.@]/, 1)[0] as string
}
