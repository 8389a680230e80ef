/**
 * Recounts every sum that the router keeps by hand, and throws HEDDLE_DEFECT where one is wrong. It
 * visits all that is in flight, so simulations call it after each step, and nobody else does.
 */
import { defect } from '../defect.ts'
import type { LaneChannel } from './fleet/lane-channel.ts'
import type { Placement } from './fleet/placement.ts'
import { type Delivery, type Key, sizeOf } from './ledger/delivery.ts'
import type { Ledger } from './ledger/ledger.ts'

export interface Books {
  readonly ledger: Ledger
  readonly placement: Placement
  readonly channels: readonly LaneChannel[]
}

export function checkBooks({ ledger, placement, channels }: Books): void {
  const live = ledger.live()
  const { accepted, inFlight, handled, deadLettered, dropped, cancelled } = ledger.counts
  agree('what is in flight', inFlight, live.length)
  agree('what was accepted', accepted, inFlight + handled + deadLettered + dropped + cancelled)
  const byKey = Map.groupBy(live, ({ home }) => home)
  for (const key of placement.records()) checkKey(key, byKey.get(key) ?? [])
  for (const lane of channels) checkLane(lane, [...placement.records()], live)
}

function checkKey(key: Key, own: readonly Delivery[]): void {
  const { domain } = key
  agree(`what is in flight of key ${domain}`, key.inFlight, own.length)
  agree(`what is posted of key ${domain}`, key.posted, own.filter(isPosted).length)
  const bytes = own.reduce((sum, delivery) => sum + sizeOf(delivery), 0)
  agree(`the bytes of key ${domain}`, key.bytes, bytes)
}

function checkLane(lane: LaneChannel, keys: readonly Key[], live: readonly Delivery[]): void {
  const isHere = ({ home }: Delivery) => home?.lane === lane.index
  const here = keys.filter((key) => key.lane === lane.index)
  const posted = live.filter((delivery) => isHere(delivery) && isPosted(delivery))
  agree(`what is posted to lane ${lane.index}`, lane.posted, posted.length)
  const bound = here.reduce((sum, key) => sum + key.inFlight, 0)
  agree(`what is bound to lane ${lane.index}`, lane.bound, bound)
  for (const key of lane.idle) {
    const rests = key.lane === lane.index && key.inFlight === 0 && key.live
    if (!rests) throw defect(`key ${key.domain} is idle on lane ${lane.index}, and is not`)
  }
}

function isPosted({ state }: Delivery): boolean {
  return state === 'posted'
}

function agree(what: string, kept: number, counted: number): void {
  if (kept !== counted) throw defect(`${what}: ${kept} by the books, ${counted} when counted`)
}
