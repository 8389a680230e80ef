/** Deliveries into columns, and out of them: the two ends of the stream from router to lane. */
import { freezeArrived } from '../messages/payload.ts'
import type { LaneDelivery } from './mailbox.ts'
import type { NameReader, NameWriter } from './names.ts'
import type { DeliverExtra, DeliverRecord, StoredAgent } from './wire.ts'

/** What a delivery's row needs beyond the columns. */
export type ExtraOf = Omit<DeliverExtra, 'row'>

/** A deliver record under construction. */
export class DeliverColumns {
  readonly #names: NameWriter
  #next = emptyColumns()

  constructor(names: NameWriter) {
    this.#names = names
  }

  get size(): number {
    return this.#next.slots.length
  }

  add(
    delivery: Omit<LaneDelivery, 'attempt' | 'copied' | 'chain'>,
    extra: ExtraOf | undefined,
  ): void {
    const next = this.#next
    const { key, senderAgent, senderKey, topicType, topicSource } = delivery
    if (extra !== undefined) next.extras.push({ row: next.slots.length, ...extra })
    next.slots.push(delivery.slot)
    next.agents.push(this.#names.ref(delivery.agent))
    next.keys.push(key)
    next.messages.push(this.#names.ref(delivery.message))
    next.payloads.push(delivery.payload)
    next.sequences.push(delivery.sequence)
    next.senderAgents.push(senderAgent === '' ? 0 : this.#names.ref(senderAgent))
    next.senderKeys.push(senderKey === key ? 0 : senderKey)
    next.topicTypes.push(topicType === '' ? 0 : this.#names.ref(topicType))
    next.topicSources.push(topicSource === key ? 0 : topicSource)
  }

  take(): DeliverRecord {
    const next = this.#next
    this.#next = emptyColumns()
    return { ...next, names: this.#names.takeFresh() }
  }
}

/** Calls `take` for each row; payloads are frozen on the way. */
export function readDeliveries(
  record: DeliverRecord,
  names: NameReader,
  take: (delivery: LaneDelivery, activate: readonly StoredAgent[] | undefined) => void,
): void {
  names.learn(record.names)
  let nextExtra = 0
  for (let row = 0; row < record.slots.length; row++) {
    const candidate = record.extras[nextExtra]
    const extra = candidate?.row === row ? candidate : undefined
    if (extra !== undefined) nextExtra++
    const key = record.keys[row] as string
    const payload = record.payloads[row]
    if (extra?.copied !== true) freezeArrived(payload)
    const delivery: LaneDelivery = {
      slot: record.slots[row] as number,
      agent: names.name(record.agents[row] as number),
      key,
      message: names.name(record.messages[row] as number),
      payload,
      sequence: record.sequences[row] as number,
      senderAgent: names.name(record.senderAgents[row] as number),
      senderKey: record.senderKeys[row] || key,
      topicType: names.name(record.topicTypes[row] as number),
      topicSource: record.topicSources[row] || key,
      attempt: extra?.attempt ?? 1,
      copied: extra?.copied === true,
      chain: extra?.chain ?? [],
    }
    take(delivery, extra?.activate)
  }
}

function emptyColumns() {
  return {
    kind: 'deliver' as const,
    slots: [] as number[],
    agents: [] as number[],
    keys: [] as string[],
    messages: [] as number[],
    payloads: [] as unknown[],
    sequences: [] as number[],
    senderAgents: [] as number[],
    senderKeys: [] as (string | 0)[],
    topicTypes: [] as number[],
    topicSources: [] as (string | 0)[],
    extras: [] as DeliverExtra[],
  }
}
