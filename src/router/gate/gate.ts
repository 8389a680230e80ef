/**
 * Where messages from outside wait for room.
 *
 * Owns: the waiting messages, in a queue for each key, and which of them is next, in the order of
 * arrival.
 * Invariants: D8, a full key holds back only messages for that key, however many wait there;
 * messages for one key are let in in the order of arrival, and a message for several keys is in the
 * queue of each; a message that only the runtime's own bound holds back is not overtaken by a later
 * one that could go in. The cost of letting a message in does not grow with the number that wait.
 */
import { Fifo } from '../../fifo.ts'
import type { Key, Recipient } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Bounds, type Reached, Room } from './bounds.ts'
import { Heap } from './heap.ts'

/** A message from outside that waits for room. */
export interface Waiter {
  readonly recipients: readonly Recipient[]
  readonly bytes: number
  /** Takes the message in; called once, when there is room. */
  readonly accept: () => void
  readonly refuse: (error: Error) => void
}

interface Place {
  readonly waiter: Waiter
  readonly order: number
  readonly queues: readonly KeyQueue[]
  /** In how many of its queues other messages are ahead of it. */
  behind: number
  hasLeft: boolean
}

interface KeyQueue {
  readonly domain: string
  readonly places: Fifo<Place>
  head: Place | undefined
  /** How many of the places were abandoned. */
  left: number
  /** The head of the queue, if it found the key full. */
  held: Place | undefined
}

export class Gate {
  readonly #room: Room
  readonly #waiting = new Set<Place>()
  readonly #queues = new Map<string, KeyQueue>()
  /** Messages at the head of all their queues, and not known to be held back by a key. */
  readonly #next = new Heap<Place>(({ order }) => order)
  /** How many of those were abandoned. */
  #leftNext = 0
  #made = 0
  #closed: Error | undefined

  constructor(bounds: Bounds, ledger: Ledger, find: (domain: string) => Key | undefined) {
    this.#room = new Room(bounds, ledger, find)
  }

  get bounds(): Bounds {
    return this.#room.bounds
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** The first bound that a message for these recipients would exceed, or undefined. */
  reached(recipients: readonly Recipient[], bytes: number): Reached | undefined {
    return this.#room.reached(recipients, bytes) ?? this.#room.fullKey(recipients, bytes)
  }

  /** Whether a message can go in now: there is room, and no other message waits before it. */
  isOpenTo(recipients: readonly Recipient[], bytes: number): boolean {
    if (this.#waiting.size > 0) {
      if (this.#first() !== undefined) return false
      if (recipients.some(({ domain }) => this.#queues.has(domain))) return false
    }
    return this.reached(recipients, bytes) === undefined
  }

  /** Makes a message wait. The returned function ends the wait. */
  wait(waiter: Waiter): () => void {
    if (this.#closed !== undefined) {
      waiter.refuse(this.#closed)
      return () => {}
    }
    const domains = new Set(waiter.recipients.map(({ domain }) => domain))
    const queues = [...domains].map((domain) => this.#queueOf(domain))
    const place: Place = { waiter, order: ++this.#made, queues, behind: 0, hasLeft: false }
    this.#waiting.add(place)
    for (const queue of queues) {
      queue.places.push(place)
      if (queue.head === undefined) queue.head = place
      else place.behind++
    }
    if (place.behind === 0) this.#next.push(place)
    return () => this.#leave(place)
  }

  /** Notes that a delivery of the key has settled. */
  freed(domain: string): void {
    const queue = this.#queues.get(domain)
    if (queue?.held === undefined) return
    this.#next.push(queue.held)
    queue.held = undefined
  }

  /** Lets in the messages that have room now, in the order of arrival. */
  admit(): void {
    for (let place = this.#first(); place !== undefined; place = this.#first()) {
      const { recipients, bytes, accept } = place.waiter
      const full = this.#room.fullKey(recipients, bytes)
      if (full !== undefined) {
        this.#next.pop()
        this.#queueOf(full.domain).held = place
        continue
      }
      if (this.#room.reached(recipients, bytes) !== undefined) return
      this.#leave(place)
      accept()
    }
  }

  /** Refuses all messages, those that wait and those that come later. */
  close(error: Error): void {
    this.#closed ??= error
    for (const place of [...this.#waiting]) {
      this.#leave(place)
      place.waiter.refuse(error)
    }
  }

  #first(): Place | undefined {
    while (this.#next.peek()?.hasLeft) {
      this.#next.pop()
      this.#leftNext--
    }
    return this.#next.peek()
  }

  #queueOf(domain: string): KeyQueue {
    let queue = this.#queues.get(domain)
    if (queue === undefined) {
      queue = { domain, places: new Fifo(), head: undefined, left: 0, held: undefined }
      this.#queues.set(domain, queue)
    }
    return queue
  }

  #leave(place: Place): void {
    if (place.hasLeft) return
    place.hasLeft = true
    this.#waiting.delete(place)
    const isNext = place.behind === 0 && place.queues.every(({ held }) => held !== place)
    if (isNext && ++this.#leftNext * 2 > this.#next.size) {
      this.#next.keep(({ hasLeft }) => !hasLeft)
      this.#leftNext = 0
    }
    for (const queue of place.queues) this.#tidy(queue, place)
  }

  /**
   * Takes a place out of a queue. A place in the middle is only marked, until half of the queue is
   * marked.
   */
  #tidy(queue: KeyQueue, place: Place): void {
    const { places } = queue
    queue.left++
    if (queue.held === place) queue.held = undefined
    while (places.peek()?.hasLeft) {
      places.shift()
      queue.left--
    }
    if (queue.left * 2 > places.size) {
      places.remove(({ hasLeft }) => hasLeft)
      queue.left = 0
    }
    const head = places.peek()
    if (head === queue.head) return
    queue.head = head
    if (head === undefined) this.#queues.delete(queue.domain)
    else if (--head.behind === 0) this.#next.push(head)
  }
}
