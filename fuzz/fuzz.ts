/**
 * Calls every method of a runtime with any value, in episodes. An episode is a new runtime, some
 * hundred calls, and a check of the counts. The only failure that is allowed is that a call is
 * refused with a code.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { types } from 'node:util'
import {
  HeddleError,
  type Runtime,
  SingleThreadedRuntime,
  type Snapshot,
  ThreadedRuntime,
} from 'heddle'
import { Random } from '../src/testing/random.ts'
import { anyId, anyMs, anyValue } from './values.ts'
import { Ask, clerk, DEEDS, Job, type Order, worker } from './worker.agent.ts'

export interface FuzzReport {
  readonly episodes: number
  readonly calls: number
  /** Calls that were refused, by code. */
  readonly refused: Readonly<Record<string, number>>
  /** What must not happen, each with the seed of its episode. */
  readonly faults: readonly string[]
}

export type Place = 'single' | 'threaded'

const CALLS = 150
/** No call may take longer than this, even on a busy machine. */
const HANGS_MS = 30_000
/** Longer than any timer that a turn leaves behind. */
const LEFT_BEHIND_MS = 200

export async function fuzz(options: {
  readonly seed: number
  readonly places: readonly Place[]
  /** Whether another episode should begin. */
  readonly goesOn: (episodes: number) => boolean
}): Promise<FuzzReport> {
  const refused: Record<string, number> = {}
  const faults: string[] = []
  let calls = 0
  let episodes = 0
  let now = ''
  const unwatch = watchProcess((fault) => faults.push(`${now}: ${fault}`))
  for (; options.goesOn(episodes) && faults.length < 20; episodes++) {
    const seed = options.seed + episodes
    const place = options.places[episodes % options.places.length] as Place
    const episode = new Episode(new Random(seed), place)
    now = `seed ${seed}, ${place}`
    await episode.play().catch((error) => episode.fault('the episode itself', error))
    calls += episode.calls
    for (const [code, times] of Object.entries(episode.refused)) {
      refused[code] = (refused[code] ?? 0) + times
    }
    for (const fault of episode.faults) faults.push(`${now}: ${fault}`)
  }
  // What the turns of the last episode left behind may throw after their runtime has stopped.
  await pause(LEFT_BEHIND_MS)
  unwatch()
  return { episodes, calls, refused, faults }
}

/**
 * Tells of errors that reach the process, which are faults, until the returned function is called.
 * It goes on between episodes: a timer that a turn left behind may throw when its runtime, which
 * reports such errors while it runs, has stopped.
 */
function watchProcess(found: (fault: string) => void): () => void {
  const events = ['unhandledRejection', 'uncaughtException'] as const
  // An error of work that a turn left behind is reported by the runtime, whose own listeners run
  // before these.
  const unclaimed = (error: unknown) => {
    if (!isOfATurn(error)) found(`an error reached the process: ${textOf(error)}`)
  }
  for (const event of events) process.on(event, unclaimed)
  return () => {
    for (const event of events) process.off(event, unclaimed)
  }
}

/** Turns on this thread throw on purpose. Their errors arrive here as well as at the runtime. */
function isOfATurn(error: unknown): boolean {
  // A turn may throw a revoked proxy, for which `instanceof` throws.
  if (!types.isNativeError(error)) return true
  return !(error instanceof HeddleError) && !isBug(error)
}

/** Whether the runtime's own code threw the error, and not the code of a user's value. */
function isBug(error: unknown): boolean {
  if (!types.isNativeError(error)) return false
  const [, first = ''] = String(error.stack).split('\n    at ')
  return first.includes('/src/') && !first.includes('/src/testing/random')
}

class Episode {
  readonly refused: Record<string, number> = {}
  readonly faults: string[] = []
  calls = 0
  readonly #chance: Random
  readonly #place: Place
  readonly #open = new Set<Promise<unknown>>()

  constructor(chance: Random, place: Place) {
    this.#chance = chance
    this.#place = place
  }

  async play(): Promise<void> {
    const chance = this.#chance
    const runtime = await this.#start()
    try {
      for (let call = 0; call < CALLS; call++) {
        this.#act(runtime)
        if (chance.next() < 0.2) await pause(chance.below(3))
      }
      await this.#within('the calls', Promise.all(this.#open))
      await this.#within('idle', runtime.idle())
      await this.#checkBooks(runtime)
    } finally {
      await this.#within('stop', runtime.stop({ deadlineMs: 0 }))
    }
  }

  fault(what: string, error: unknown): void {
    this.faults.push(`${what}: ${textOf(error)}`)
  }

  #start(): Promise<Runtime> {
    const chance = this.#chance
    const options = {
      agents: [worker, clerk],
      limits: { door: 1 + chance.below(2) },
      bounds: {
        messages: chance.of([3, 20, 1_000]),
        policy: chance.of(['wait', 'reject', 'shed'] as const),
      },
      taskLimits: { depth: 20, total: 500 },
      maxLiveKeys: chance.of([1, 100]),
      requestDeadlineMs: 2_000,
      turnTimeoutMs: 10_000,
      report: 'off' as const,
      log: () => {
        if (chance.next() < 0.2) throw anyValue(chance)
      },
    }
    return this.#place === 'single'
      ? SingleThreadedRuntime.start(options)
      : ThreadedRuntime.start({ ...options, lanes: 2 })
  }

  #order(): Order {
    const chance = this.#chance
    const order = { deed: chance.of(DEEDS), seed: chance.below(2 ** 31), left: chance.below(4) }
    return chance.next() < 0.5 ? order : { ...order, value: anyValue(chance) }
  }

  /** Makes one call, right or wrong. The call is not awaited here: calls overlap. */
  #act(runtime: Runtime): void {
    const chance = this.#chance
    const dice = chance.next()
    if (dice < 0.35) this.#call('publish', () => this.#publish(runtime))
    else if (dice < 0.6) this.#call('send', () => this.#send(runtime))
    else if (dice < 0.75) this.#call('run', () => this.#run(runtime))
    else this.#call('rest', () => this.#rest(runtime))
  }

  #publish(runtime: Runtime): unknown {
    const chance = this.#chance
    const made = chance.next() < 0.9 ? Job(this.#order()) : anyValue(chance)
    const topic = anyId(chance, 'job') as string
    if (chance.next() < 0.6) return runtime.publish(made as never, topic)
    const options = this.#options(['id', 'ttlMs', 'signal'])
    return runtime.publish(made as never, topic, options as never)
  }

  #send(runtime: Runtime): unknown {
    const chance = this.#chance
    const made = chance.next() < 0.9 ? Ask(this.#order()) : anyValue(chance)
    const options = this.#options(['id', 'deadlineMs', 'signal'])
    return runtime.send(made as never, anyId(chance, 'worker') as string, options as never)
  }

  async #run(runtime: Runtime): Promise<void> {
    const chance = this.#chance
    const options = this.#options(['signal'])
    const topic = anyId(chance, 'job') as string
    const task = await runtime.run(Job(this.#order()), topic, options as never)
    if (chance.next() < 0.3) setTimeout(() => task.cancel(anyValue(chance) as never), 1)
    if (chance.next() < 0.5) for await (const _ of task.events) if (chance.next() < 0.1) break
    await task.ended
  }

  /** Options, each present or not, each right or wrong. */
  #options(names: readonly ('id' | 'ttlMs' | 'deadlineMs' | 'signal')[]): unknown {
    const chance = this.#chance
    if (chance.next() < 0.03) return anyValue(chance)
    const options: Record<string, unknown> = {}
    for (const name of names) {
      if (chance.next() < 0.6) continue
      if (name === 'id')
        options.id = chance.next() < 0.8 ? `id-${chance.below(5)}` : anyValue(chance)
      else if (name !== 'signal') options[name] = anyMs(chance)
      else options.signal = chance.next() < 0.9 ? this.#signal() : anyValue(chance)
    }
    return options
  }

  #signal(): AbortSignal {
    const chance = this.#chance
    const dice = chance.next()
    if (dice < 0.1) return AbortSignal.abort(anyValue(chance))
    const controller = new AbortController()
    if (dice < 0.8) setTimeout(() => controller.abort(anyValue(chance)), chance.below(20))
    return controller.signal
  }

  #rest(runtime: Runtime): unknown {
    const chance = this.#chance
    const value = () => anyValue(chance)
    const acts: readonly (() => unknown)[] = [
      () => runtime.stats(),
      () => runtime.agents(),
      () => runtime.subscribe(value() as never),
      () => runtime.subscribe({ agent: 'worker', topic: chance.of(['job', 'more']), key: 'k' }),
      () => runtime.unsubscribe(value() as never),
      () => runtime.register(value() as never),
      () => runtime.inspect(value() as never),
      () => {
        const stop = runtime.inspect(() => {
          if (chance.next() < 0.01) throw value()
        })
        setTimeout(stop, chance.below(10))
      },
      () =>
        setTimeout(
          runtime.deadLetters.watch(() => {}),
          chance.below(10),
        ),
      () => runtime.deadLetters.list(value() as never),
      () => runtime.deadLetters.list({ reason: 'failed' }),
      () => runtime.deadLetters.replay({ id: chance.below(20) }),
      () => runtime.deadLetters.discard({ id: chance.below(20) }),
      () => runtime.saveState(),
      () => runtime.loadState(value() as never),
      () => runtime.stop({ deadlineMs: -1 }),
      () => runtime.stop({ deadlineMs: Number.NaN }),
    ]
    return chance.of(acts)()
  }

  #call(what: string, act: () => unknown): void {
    this.calls++
    const settled = this.#within(what, this.#settle(what, act))
    this.#open.add(settled)
    void settled.then(() => this.#open.delete(settled))
  }

  async #settle(what: string, act: () => unknown): Promise<void> {
    try {
      await act()
    } catch (error) {
      const code = error instanceof HeddleError ? error.code : codeOf(error)
      if (code === undefined) this.fault(`${what} was refused without a code`, error)
      else this.refused[code] = (this.refused[code] ?? 0) + 1
    }
  }

  async #within(what: string, work: Promise<unknown>): Promise<void> {
    const over = new AbortController()
    const late = pause(HANGS_MS, 'late', { signal: over.signal, ref: true }).catch(() => 'done')
    if ((await Promise.race([work, late])) === 'late') this.fault(what, new Error('it hangs'))
    over.abort()
  }

  async #checkBooks(runtime: Runtime): Promise<void> {
    const { accepted, handled, deadLettered, dropped, cancelled, inFlight } = runtime.stats()
    if (inFlight !== 0 || accepted !== handled + deadLettered + dropped + cancelled) {
      this.fault('the books', new Error(JSON.stringify(runtime.stats())))
    }
    const turns = turnsIn(await runtime.saveState())
    // A request to the clerk of another key would be a separate delivery; there are none.
    if (turns !== handled)
      this.fault('the books', new Error(`${handled} handled, ${turns} counted`))
  }
}

/** An argument that throws when it is read throws its own error: the call is not at fault. */
function codeOf(error: unknown): string | undefined {
  const text = textOf(error)
  const isOwn = text.includes('a proxy that has been revoked') || text.includes('no price today')
  return isOwn ? 'what the argument threw when it was read' : undefined
}

/** The turns that agents have counted in their committed state. */
function turnsIn({ agents }: Snapshot): number {
  return Object.entries(agents)
    .filter(([id]) => id.startsWith('worker/'))
    .reduce((sum, [, { turns = '0' }]) => sum + Number(turns), 0)
}

function textOf(error: unknown): string {
  try {
    if (types.isNativeError(error)) return String(error.stack ?? error.message)
    return String(error)
  } catch {
    return 'a value that can’t be turned into text'
  }
}
