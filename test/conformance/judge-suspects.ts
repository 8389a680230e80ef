/**
 * D6, judged lane by lane: a suspected turn runs alone, and only a turn that was alone twice is
 * poison.
 */
import { type Call, withNested } from './history.ts'
import { nameOf } from './judge-order.ts'
import type { Play } from './play.ts'

/**
 * A death of a lane: `place` is the number of events before it, and `poison` the ids of the calls
 * that it made poison.
 */
export interface Death {
  readonly lane: number
  readonly place: number
  readonly poison: readonly string[]
}

/** Turns that, by the history, had begun and not ended when the lane died. */
function openAt({ calls }: Play, deaths: readonly Death[], death: Death): Call[] {
  const { place, lane } = death
  const since = deaths.findLast((one) => one.lane === lane && one.place < place)?.place ?? 0
  return calls.filter((call) => {
    const isThere = call.parent === undefined && call.lane === lane
    return isThere && call.begin >= since && call.begin < place && (call.end ?? place) >= place
  })
}

/** While a suspect that asks no other key runs again, nothing but requests runs beside it. */
export function judgeAlone(played: Play, deaths: readonly Death[]): void {
  const { calls, nodes } = played
  for (const death of deaths) {
    for (const suspect of openAt(played, deaths, death)) {
      const again = calls.find(({ id, begin }) => id === suspect.id && begin >= death.place)
      if (again === undefined || asksOthers(played, again)) continue
      const since =
        deaths.findLast(({ lane, place }) => lane === again.lane && place <= again.begin)?.place ??
        0
      const next = deaths.find(({ lane, place }) => lane === again.lane && place > again.begin)
      const last = ({ end }: Call) => end ?? next?.place ?? Number.POSITIVE_INFINITY
      const beside = calls.find((other) => {
        const isThere = other !== again && other.lane === again.lane && other.begin >= since
        const isFree = other.parent === undefined && nodes.get(other.label)?.kind === 'publish'
        return isThere && isFree && other.begin < last(again) && last(other) > again.begin
      })
      if (beside !== undefined)
        throw new Error(`${nameOf(beside)} beside the suspect ${nameOf(again)}`)
    }
  }
}

/**
 * Whether the turn waits for another key: then what is queued there before its request runs as
 * well.
 */
function asksOthers({ nodes }: Play, turn: Call): boolean {
  return withNested(turn).some(({ events }) => {
    return events.some(({ event }) => {
      return event.at === 'asked' && nodes.get(event.label)?.nested === false
    })
  })
}

/** A turn that is given up was alone when its lane died, except for its own requests. */
export function judgePoison(played: Play, deaths: readonly Death[]): void {
  for (const death of deaths) {
    const [given, ...others] = death.poison
    if (given === undefined) continue
    if (others.length > 0) throw new Error(`${death.poison.join(', ')} are poison at once`)
    const label = played.calls.find(({ id }) => id === given)?.label
    for (const open of openAt(played, deaths, death)) {
      if (open.id === given || (label !== undefined && open.label.startsWith(`${label}.`))) continue
      throw new Error(`${given} is poison, and ${nameOf(open)} was there as well`)
    }
  }
}
