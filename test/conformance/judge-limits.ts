/** Named limits, judged from a history: never more turns within one at once than there is room for. */
import type { Play } from './play.ts'

/** A limit with room for one: who writes anything after another began to hold it had let go of it before, or its lane was dead. */
export function judgeLimit({ history, calls }: Play): void {
  for (const call of calls) {
    for (const { place, event } of call.events) {
      if (event.at !== 'holds') continue
      const { label } = event
      const free = call.events.find((later) => {
        return later.place > place && later.event.at === 'lets-go' && later.event.label === label
      })
      if (free === undefined) continue // its lane died, or its turn ended before
      const other = history.findIndex(
        (one, at) => at > place && at < free.place && one.at === 'holds',
      )
      if (other >= 0) throw new Error(`${JSON.stringify(history[other])} while ${call.id} holds it`)
    }
  }
}
