/**
 * A lane: runs the turns of the keys that are pinned to it, on whatever thread it stands.
 *
 * Owns: the mailboxes, their rotation, the running turns, the results not yet posted.
 * Does not own: which deliveries exist, and what is committed. It may be lost at any moment, and the
 * router starts again from the ledger (D6).
 * Invariants: D1, a mailbox runs one turn at a time, in order; D2, keys take turns in rotation, and
 * interleave at `await`; D5, a turn's result leaves in one commit record.
 * Gotchas: `receive` may be called from within `post` (a lane in the router's own thread), so it only takes in.
 */
import type { Clock } from '../clock.ts'
import { errorFromRecord, HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { Made } from '../messages/message.ts'
import { freezeArrived } from '../messages/payload.ts'
import { CommitBuffer } from './commit-buffer.ts'
import type { Counters } from './counters.ts'
import { readDeliveries } from './deliver-record.ts'
import { Fifo } from './fifo.ts'
import type { LaneAgents } from './lane-agents.ts'
import { type LaneDelivery, Mailbox } from './mailbox.ts'
import { NameReader, NameWriter } from './names.ts'
import type { SendOptions } from './turn.ts'
import type { TurnFrame } from './turn-frame.ts'
import { type TurnHost, TurnRun } from './turn-run.ts'
import type { FromLane, LaneRequest, Observation, Reply, ToLane } from './wire.ts'

/** Where a test may end a lane: the points at which a death means something different. */
export type KillPoint = 'before-begin' | 'begun' | 'ended' | 'posted'

export interface LaneOptions {
  /** Begins every message id. */
  readonly runtimeId: string
  readonly agents: LaneAgents
  readonly counters: Counters
  readonly clock: Clock
  /** How many turns may be under way at once, not counting those that wait for replies. */
  readonly concurrency: number
  readonly post: (record: FromLane) => void
  /** Milliseconds for which this thread has been busy since it started. */
  readonly busyMs: () => number
  /** Wraps a turn, so that a runtime on this thread can tell that it is called inside one. */
  readonly enter?: (turn: () => Promise<void> | undefined) => Promise<void> | undefined
  readonly probe?: (point: KillPoint, slot: number) => void
}

/** A lane yields to its loop after so many milliseconds. */
const SLICE_MS = 8
/** A commit is posted after so many turns, or so many milliseconds, or when the lane runs dry. */
const COMMIT_TURNS = 256
const COMMIT_MS = 1

interface OpenRequest {
  readonly run: TurnRun
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

export class Lane implements TurnHost {
  readonly agents: LaneAgents
  readonly #options: LaneOptions
  readonly #names = new NameReader()
  readonly #commit = new CommitBuffer(new NameWriter())
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #ready = new Fifo<Mailbox>()
  readonly #running = new Map<number, TurnRun>()
  readonly #freeCells: number[]
  readonly #openRequests = new Map<number, OpenRequest>()
  #requests: LaneRequest[] = []
  #abandoned: number[] = []
  #observations: Observation[] = []
  #requestCount = 0
  /** Running turns that wait for replies. */
  #asking = 0
  /** Deliveries that can't use the thread now: suspended turns, and all behind them. */
  #waiting = 0
  #timed = false
  #scheduled = false
  #pumping = false
  #dead = false
  #flushedAt = 0
  #busyMs = 0

  constructor(options: LaneOptions) {
    this.#options = options
    this.agents = options.agents
    this.#freeCells = Array.from({ length: options.counters.turns }, (_, cell) => cell).reverse()
  }

  /** Takes in one record of the router; runs nothing yet. */
  receive(record: ToLane): void {
    if (this.#dead) return
    switch (record.kind) {
      case 'deliver':
        readDeliveries(record, this.#names, (delivery, activate) => {
          const mailbox = this.#mailbox(delivery.key)
          if (activate !== undefined) mailbox.activate(activate)
          this.#enqueue(mailbox, delivery)
        })
        break
      case 'replies':
        for (const reply of record.replies) this.#answer(reply)
        break
      case 'cancel':
        this.#cancel(new Set(record.slots), record.reason)
        break
      case 'passivate':
        for (const key of record.keys) this.#mailboxes.delete(key)
        break
      case 'observe':
        this.#timed = record.times
        break
    }
    this.#wake()
  }

  /** Ends the lane where it stands, as the death of its thread would. For tests. */
  kill(): void {
    this.#dead = true
  }

  messageId(sequence: number): string {
    return `${this.#options.runtimeId}-${sequence.toString(36)}`
  }

  isCancelled(cell: number): boolean {
    return this.#options.counters.isCancelled(cell)
  }

  observe(observation: Observation): void {
    this.#observations.push(observation)
    this.#wake()
  }

  request(
    run: TurnRun,
    from: TurnFrame,
    request: Made,
    to: AgentId,
    options: SendOptions,
  ): Promise<unknown> {
    const id = ++this.#requestCount
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const giveUp = () => {
      const reason = String(options.signal?.reason ?? 'its signal aborted')
      this.#abandon(
        id,
        new HeddleError('HEDDLE_CANCELLED', {
          what: `the request to '${agentIdText(to)}'`,
          reason,
        }),
      )
    }
    options.signal?.addEventListener('abort', giveUp, { once: true })
    const release = () => options.signal?.removeEventListener('abort', giveUp)
    this.#openRequests.set(id, { run, resolve, reject, release })
    if (run.openRequests.size === 0) this.#asking++
    run.openRequests.add(id)
    this.#requests.push({
      id,
      slot: run.delivery.slot,
      sender: from.agent.type,
      agent: to.type,
      key: to.key,
      message: request.name,
      payload: request.payload,
      bytes: request.bytes,
      copied: request.copied,
      deadlineMs: options.deadlineMs,
      chain: from.chain(),
    })
    if (options.signal?.aborted) giveUp()
    this.#wake()
    return promise
  }

  abandonRequests(run: TurnRun): void {
    for (const id of run.openRequests) {
      const agent = agentIdText(run.root.id)
      this.#abandon(id, new HeddleError('HEDDLE_TURN_ENDED', { agent, call: 'send' }))
    }
  }

  #mailbox(key: string): Mailbox {
    let mailbox = this.#mailboxes.get(key)
    if (mailbox === undefined) {
      mailbox = new Mailbox(key)
      this.#mailboxes.set(key, mailbox)
    }
    return mailbox
  }

  #enqueue(mailbox: Mailbox, delivery: LaneDelivery): void {
    mailbox.queue.push(delivery)
    if (mailbox.running !== undefined) this.#addWaiting(1)
    else if (mailbox.queue.size === 1) this.#ready.push(mailbox)
  }

  #wake(): void {
    if (this.#scheduled || this.#pumping) return
    this.#scheduled = true
    this.#options.clock.soon(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  /** Runs ready keys in rotation, until none is left or the slice is over. */
  #pump(): void {
    if (this.#dead) return
    const { clock, concurrency } = this.#options
    this.#pumping = true
    const began = clock.now()
    let now = began
    while (now - began < SLICE_MS && this.#running.size - this.#asking < concurrency) {
      const mailbox = this.#ready.shift()
      if (mailbox === undefined) break
      if (mailbox.running !== undefined) continue // D1; it comes back when its turn ends
      const delivery = mailbox.queue.shift()
      if (delivery === undefined) continue // cancelled meanwhile
      this.#begin(mailbox, delivery)
      if (this.#dead) return
      now = clock.now()
      if (this.#commit.size >= COMMIT_TURNS || now - this.#flushedAt >= COMMIT_MS) this.#flush(now)
    }
    const goesOn = this.#ready.size > 0 && this.#running.size - this.#asking < concurrency
    this.#pumping = false // what a post brings in from here on needs a new call
    this.#flush(now, !goesOn)
    if (goesOn) this.#wake()
  }

  #begin(mailbox: Mailbox, delivery: LaneDelivery): void {
    const { counters, probe, enter, clock } = this.#options
    probe?.('before-begin', delivery.slot)
    if (this.#dead) return
    const cell = this.#freeCells.pop() ?? -1
    const agent = this.agents.get(delivery.agent)
    if (agent === undefined) throw new Error(`lane has no agent ${delivery.agent}`) // the router knows them
    const run = new TurnRun(this, delivery, mailbox, agent, cell)
    mailbox.running = run
    counters.begin(cell, delivery.slot)
    probe?.('begun', delivery.slot)
    if (this.#dead) return
    if (this.#timed) run.begunAt = clock.wallNow()
    const outlasts = enter === undefined ? run.start() : enter(() => run.start())
    if (outlasts === undefined) return this.#end(run)
    this.#running.set(delivery.slot, run)
    this.#addWaiting(1 + mailbox.queue.size)
    outlasts.then(() => {
      if (this.#dead) return
      this.#running.delete(delivery.slot)
      this.#addWaiting(-1 - mailbox.queue.size)
      this.#end(run)
      this.#wake()
    })
  }

  #end(run: TurnRun): void {
    const { mailbox, delivery, cell } = run
    if (this.#dead) return
    if (this.#timed) run.endedAt = this.#options.clock.wallNow()
    this.#commit.add(run, this.#timed)
    this.#options.counters.end(cell)
    if (cell >= 0) this.#freeCells.push(cell)
    mailbox.running = undefined
    if (mailbox.queue.size > 0) this.#ready.push(mailbox)
    else if (mailbox.isSpent) this.#mailboxes.delete(mailbox.key)
    this.#options.probe?.('ended', delivery.slot)
  }

  /** Posts what waits: what watchers see, then what ended turns did, then what running turns ask. */
  #flush(now: number, dry = false): void {
    this.#flushedAt = now
    const { post, probe, counters } = this.#options
    const commit = this.#commit.take(() => this.#busySince())
    const moreRoom = counters.waiting !== this.#waiting
    counters.waiting = this.#waiting
    let silent = true
    const send = (record: FromLane) => {
      silent = false
      post(record)
    }
    if (this.#observations.length > 0) {
      send({ kind: 'observations', items: this.#observations.splice(0) })
    }
    if (commit !== undefined) {
      send(commit)
      probe?.('posted', commit.slots[0] as number)
      if (this.#dead) return
    }
    if (this.#requests.length > 0) {
      send({ kind: 'requests', requests: this.#requests })
      this.#requests = []
    }
    if (this.#abandoned.length > 0) {
      send({ kind: 'abandon', ids: this.#abandoned })
      this.#abandoned = []
    }
    if (silent && dry && moreRoom) post({ kind: 'dry' })
  }

  #busySince(): number {
    const busy = this.#options.busyMs()
    const since = busy - this.#busyMs
    this.#busyMs = busy
    return since
  }

  #addWaiting(deliveries: number): void {
    this.#waiting += deliveries
    this.#wake()
  }

  #answer(reply: Reply): void {
    const open = this.#takeRequest(reply.id)
    if (open === undefined) return // given up meanwhile
    if (reply.kind === 'value') {
      freezeArrived(reply.value)
      open.resolve(reply.value)
    } else open.reject(errorFromRecord(reply.error))
  }

  #abandon(id: number, error: HeddleError): void {
    const open = this.#takeRequest(id)
    if (open === undefined) return
    open.reject(error)
    const unsent = this.#requests.findIndex((request) => request.id === id)
    if (unsent >= 0) this.#requests.splice(unsent, 1)
    else this.#abandoned.push(id)
  }

  #takeRequest(id: number): OpenRequest | undefined {
    const open = this.#openRequests.get(id)
    if (open === undefined) return undefined
    this.#openRequests.delete(id)
    open.release()
    open.run.openRequests.delete(id)
    if (open.run.openRequests.size === 0) this.#asking--
    return open
  }

  #cancel(slots: ReadonlySet<number>, reason: string): void {
    for (const slot of slots) this.#running.get(slot)?.cancel(reason)
    for (const mailbox of this.#mailboxes.values()) {
      if (mailbox.queue.size === 0) continue
      const removed = mailbox.queue.remove((delivery) => slots.has(delivery.slot))
      if (mailbox.running !== undefined) this.#addWaiting(-removed.length)
      for (const delivery of removed) this.#commit.addCancelled(delivery.slot, this.#timed)
    }
  }
}
