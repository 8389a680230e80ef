/**
 * Turns deliveries into rows of numbers and back: the two ends of the stream from router to lane.
 * Numbers in one typed array cross a thread at almost no cost. Other values are sent beside them,
 * and most rows need only a key and a payload.
 */
import { freezeArrived } from '../messages/frozen.ts'
import type { PayloadForm } from '../messages/payload.ts'
import { type KeyPlace, type KeyReader, KeyWriter } from './key-table.ts'
import type { LaneDelivery } from './lane-delivery.ts'
import type { NameReader, NameWriter } from './names.ts'
import { Recorded } from './recorded.ts'
import type { DeliverExtra, DeliverRecord, StoredAgent } from './wire.ts'

/** What a delivery's row needs beyond its numbers. */
export type ExtraOf = Omit<DeliverExtra, 'row'>

/** The most deliveries in a record. */
const BATCH = 256

/** The numbers of a row. */
const SLOT = 0
const AGENT = 1
const MESSAGE = 2
/** 0: it came from outside. */
const SENDER = 3
/** 0: it is a request. */
const TOPIC = 4
const FLAGS = 5
/** The number of a message id, in two halves. */
const SEQUENCE_LOW = 6
const SEQUENCE_HIGH = 7
/** The key's index in the stream's table; -1: it is the next of the record's keys. */
const KEY = 8
/** The claim, which decides whether the delivery's turn may begin (counters.ts). */
const CLAIM = 9
const WIDTH = 10

/**
 * The sender's key, or the topic's source, differs from the delivery's key, and is the next of the
 * record's texts.
 */
const SENDER_KEY = 1
const TOPIC_SOURCE = 2
const HAS_EXTRA = 4

const HALF = 2 ** 32
const NO_CHAIN: readonly string[] = Object.freeze([])

/** A deliver record under construction. */
export class DeliverColumns {
  readonly #names: NameWriter
  readonly #keys = new KeyWriter()
  readonly #agents: RefMemo
  readonly #messages: RefMemo
  readonly #topics: RefMemo
  readonly #rows = new Int32Array(BATCH * WIDTH)
  #size = 0
  #rest = emptyRest()

  constructor(names: NameWriter) {
    this.#names = names
    this.#agents = new RefMemo(names)
    this.#messages = new RefMemo(names)
    this.#topics = new RefMemo(names)
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size === BATCH
  }

  add(
    delivery: Omit<LaneDelivery, keyof ExtraOf | 'underWay'> & { readonly form: PayloadForm },
    home: KeyPlace,
    extra: ExtraOf | undefined,
  ): void {
    const { key, senderAgent, topicType, sequence } = delivery
    const row = this.#size++
    const rows = this.#rows
    const rest = this.#rest
    let flags = 0
    if (senderAgent !== '' && delivery.senderKey !== key) {
      flags |= SENDER_KEY
      rest.texts.push(delivery.senderKey)
    }
    if (topicType !== '' && delivery.topicSource !== key) {
      flags |= TOPIC_SOURCE
      rest.texts.push(delivery.topicSource)
    }
    if (extra !== undefined) {
      flags |= HAS_EXTRA
      rest.extras.push({ row, ...extra })
    }
    const at = row * WIDTH
    rows[at + SLOT] = delivery.slot
    rows[at + AGENT] = this.#agents.ref(delivery.agent)
    rows[at + MESSAGE] = this.#messages.ref(delivery.message)
    rows[at + SENDER] = senderAgent === '' ? 0 : this.#names.ref(senderAgent)
    rows[at + TOPIC] = topicType === '' ? 0 : this.#topics.ref(topicType)
    rows[at + FLAGS] = flags
    rows[at + SEQUENCE_LOW] = sequence // bits above 32 are dropped
    rows[at + SEQUENCE_HIGH] = sequence / HALF
    rows[at + CLAIM] = delivery.claim
    const place = this.#keys.place(home)
    rows[at + KEY] = place
    if (place < 0) rest.keys.push(key)
    rest.payloads.push(delivery.payload)
    if (delivery.form !== 'text') rest.form = 'cloned'
  }

  take(): DeliverRecord {
    const rest = this.#rest
    const rows = this.#rows.slice(0, this.#size * WIDTH)
    this.#size = 0
    this.#rest = emptyRest()
    return { kind: 'deliver', names: this.#names.takeFresh(), rows, ...rest }
  }
}

/** Calls `take` for each row; payloads are frozen on the way. */
export function readDeliveries(
  record: DeliverRecord,
  names: NameReader,
  known: KeyReader,
  take: (delivery: LaneDelivery, activate: readonly StoredAgent[] | undefined) => void,
): void {
  names.learn(record.names)
  const { rows, keys, payloads, texts, extras } = record
  let nextKey = 0
  let nextText = 0
  let nextExtra = 0
  for (let row = 0; row < payloads.length; row++) {
    const at = row * WIDTH
    const flags = rows[at + FLAGS] as number
    const extra = (flags & HAS_EXTRA) === 0 ? undefined : extras[nextExtra++]
    const place = rows[at + KEY] as number
    const key = place < 0 ? known.learn(keys[nextKey++] as string) : known.key(place)
    const payload = payloads[row]
    const copied = extra?.copied === true
    if (!copied) freezeArrived(payload)
    const delivery: LaneDelivery = {
      slot: rows[at + SLOT] as number,
      agent: names.name(rows[at + AGENT] as number),
      key,
      message: names.name(rows[at + MESSAGE] as number),
      payload,
      sequence:
        (rows[at + SEQUENCE_HIGH] as number) * HALF + ((rows[at + SEQUENCE_LOW] as number) >>> 0),
      senderAgent: names.name(rows[at + SENDER] as number),
      senderKey: (flags & SENDER_KEY) === 0 ? key : (texts[nextText++] as string),
      topicType: names.name(rows[at + TOPIC] as number),
      topicSource: (flags & TOPIC_SOURCE) === 0 ? key : (texts[nextText++] as string),
      attempt: extra?.attempt ?? 1,
      failures: extra?.failures ?? 0,
      delayMs: extra?.delayMs ?? 0,
      claim: rows[at + CLAIM] as number,
      copied,
      chain: extra?.chain ?? NO_CHAIN,
      recorded: extra?.recorded && Recorded.of(extra.recorded),
      underWay: undefined,
    }
    take(delivery, extra?.activate)
  }
}

/** Gives the number of a name; the same name often comes again at once. */
class RefMemo {
  readonly #names: NameWriter
  #name: string | undefined
  #ref = 0
  #table = 0

  constructor(names: NameWriter) {
    this.#names = names
  }

  ref(name: string): number {
    if (name !== this.#name || this.#table !== this.#names.table) {
      this.#name = name
      this.#table = this.#names.table
      this.#ref = this.#names.ref(name)
    }
    return this.#ref
  }
}

function emptyRest() {
  return {
    keys: [] as string[],
    payloads: [] as unknown[],
    form: 'text' as DeliverRecord['form'],
    texts: [] as string[],
    extras: [] as DeliverExtra[],
  }
}
