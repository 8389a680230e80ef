/**
 * Everything that comes from outside: payments, bombs and cancellations, chosen by a seed, as fast
 * as the runtime accepts them.
 */
import type { Runtime } from 'heddle'
import type { Random } from '../src/testing/random.ts'
import { Asked, Notice, Pay } from './bank.agent.ts'
import { Bomb, SLIPS, WAYS } from './bomb.agent.ts'

/** The first of these gets a fifth of all payments. */
const ACCOUNTS = Array.from({ length: 24 }, (_, at) => `k${at}`)
/** Accounts between which payments are cancelled, so that money may vanish on its way. */
const CANCELLED = Array.from({ length: 4 }, (_, at) => `x${at}`)
const NO_SLIPS = { forgotten: 0, later: 0, timer: 0, late: 0 }
/**
 * How often each way is chosen. `loop` is rare, since finding it out takes a second. Threads run
 * out of memory in a separate phase: V8 confines that to the thread if little else happens on it,
 * and sometimes ends the whole process if much does.
 */
const WEIGHTS: Readonly<Record<Phase, Readonly<Record<(typeof WAYS)[number], number>>>> = {
  any: { exit: 6, throw: 6, oom: 0, loop: 1, heap: 4, ...NO_SLIPS },
  memory: { exit: 0, throw: 0, oom: 1, loop: 0, heap: 0, ...NO_SLIPS },
}

export type Phase = 'any' | 'memory'

export class Clients {
  /** Numbers of the accepted messages, in the order of publishing. */
  readonly accepted: string[] = []
  readonly excused = new Set<string>()
  /** Bombs that go off at every attempt. */
  readonly poison = new Set<string>()
  /** Numbers of the rumours that the runtime has to drop. */
  readonly rumours = new Set<string>()
  /** How often each way to forget something was chosen. */
  readonly slips = { forgotten: 0, later: 0, timer: 0, late: 0 }
  readonly #runtime: Runtime
  readonly #chance: Random
  #made = 0

  constructor(runtime: Runtime, chance: Random) {
    this.#runtime = runtime
    this.#chance = chance
  }

  /** One client's next action. Resolves when the runtime has accepted or answered it. */
  async act(): Promise<void> {
    const dice = this.#chance.next()
    if (dice < 0.03) await this.#cancelled()
    else if (dice < 0.06) await this.#askAndGiveUp()
    else if (dice < 0.08) await this.#rumour()
    else await this.#pay()
  }

  /** Sends a message that ends its lane, or fills it. */
  async bomb(phase: Phase): Promise<void> {
    const id = this.#number()
    const always = phase === 'any' && this.#chance.next() < 0.02
    const ways = WAYS.flatMap((way) => Array.from({ length: WEIGHTS[phase][way] }, () => way))
    const way = always ? 'exit' : this.#chance.of(ways)
    if (always) {
      this.poison.add(id)
      this.excused.add(id)
    }
    this.accepted.push(id)
    await this.#runtime.publish(Bomb({ id, way, always }), `bomb/${this.#chance.of(ACCOUNTS)}`)
  }

  /** Sends a message whose turn forgets something. */
  async slip(): Promise<void> {
    const id = this.#number()
    const way = this.#chance.of(SLIPS)
    this.slips[way]++
    this.accepted.push(id)
    const bomb = Bomb({ id, way, always: false })
    await this.#runtime.publish(bomb, `bomb/${this.#chance.of(ACCOUNTS)}`)
  }

  /** Sends many messages at once that end their threads at every attempt. */
  async batch(size: number): Promise<void> {
    for (let made = 0; made < size; made++) {
      const id = this.#number()
      this.poison.add(id)
      this.excused.add(id)
      this.accepted.push(id)
      const bomb = Bomb({ id, way: 'exit', always: true })
      await this.#runtime.publish(bomb, `bomb/${this.#chance.of(ACCOUNTS)}`)
    }
  }

  async #pay(): Promise<void> {
    const id = this.#number()
    const isHot = this.#chance.next() < 0.2
    const from = isHot ? 'k0' : this.#chance.of(ACCOUNTS)
    this.accepted.push(id)
    await this.#runtime.publish(this.#payment(id, ACCOUNTS), `pay/${from}`)
  }

  async #cancelled(): Promise<void> {
    const id = this.#number()
    this.excused.add(id)
    this.accepted.push(id)
    const payment = this.#payment(id, CANCELLED)
    const task = await this.#runtime.run(payment, `pay/${this.#chance.of(CANCELLED)}`)
    await turns(this.#chance.below(20))
    task.cancel('chaos')
  }

  async #askAndGiveUp(): Promise<void> {
    const id = this.#number()
    this.excused.add(id)
    const signal = AbortSignal.timeout(1 + this.#chance.below(20))
    const to = { type: 'account', key: this.#chance.of(CANCELLED) }
    await this.#runtime.send(Asked({ id }), to, { signal }).catch(() => {})
  }

  async #rumour(): Promise<void> {
    const id = this.#number()
    this.rumours.add(id)
    await this.#runtime.publish(Notice({ id }), `notice/${this.#chance.of(ACCOUNTS)}`)
  }

  #payment(id: string, accounts: readonly string[]) {
    const chance = this.#chance
    const tell = Array.from({ length: chance.below(4) }, () => chance.of(accounts))
    const failures = chance.next() < 0.05 ? 1 + chance.below(2) : 0
    const payment = { id, to: chance.of(accounts), amount: 1 + chance.below(100), tell, failures }
    return Pay(chance.next() < 0.3 ? { ...payment, ask: chance.of(accounts) } : payment)
  }

  #number(): string {
    return `m${++this.#made}`
  }
}

/** Waits for `count` turns of the loop. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}
