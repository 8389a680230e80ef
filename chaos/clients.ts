/**
 * What comes from outside: payments, bombs, cancellations, chosen by a seed, as fast as the runtime
 * lets them in.
 */
import type { Runtime } from 'heddle'
import type { Random } from '../src/testing/random.ts'
import { Asked, Notice, Pay } from './bank.agent.ts'
import { Bomb, SLIPS, WAYS } from './bomb.agent.ts'

/** One of these gets a fifth of all payments. */
const ACCOUNTS = Array.from({ length: 24 }, (_, at) => `k${at}`)
/** Accounts among which payments are cancelled: there, money may vanish on its way. */
const CANCELLED = Array.from({ length: 4 }, (_, at) => `x${at}`)
/**
 * How often each way to die is chosen; a loop takes a second to be found out. Threads run out of
 * memory in a phase of their own: V8 contains that where little else happens to the thread, and
 * ends the whole process now and then where much does.
 */
const NO_SLIPS = { forgotten: 0, later: 0, timer: 0, late: 0 }
const WEIGHTS: Readonly<Record<Phase, Readonly<Record<(typeof WAYS)[number], number>>>> = {
  any: { exit: 6, throw: 6, oom: 0, loop: 1, heap: 4, ...NO_SLIPS },
  memory: { exit: 0, throw: 0, oom: 1, loop: 0, heap: 0, ...NO_SLIPS },
}

export type Phase = 'any' | 'memory'

export class Clients {
  /** Numbers of what was accepted, in the order of publishing. */
  readonly accepted: string[] = []
  readonly excused = new Set<string>()
  /** Bombs that go off at every attempt. */
  readonly poison = new Set<string>()
  /** Numbers of rumours that the runtime is to drop. */
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

  /** One client's next deed. Resolves when the runtime has taken it in, or answered. */
  async act(): Promise<void> {
    const dice = this.#chance.next()
    if (dice < 0.03) await this.#cancelled()
    else if (dice < 0.06) await this.#askAndGiveUp()
    else if (dice < 0.08) await this.#rumour()
    else await this.#pay()
  }

  /** Something that ends a lane, or fills it. */
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

  /** Something that is forgotten. */
  async slip(): Promise<void> {
    const id = this.#number()
    const way = this.#chance.of(SLIPS)
    this.slips[way]++
    this.accepted.push(id)
    const bomb = Bomb({ id, way, always: false })
    await this.#runtime.publish(bomb, `bomb/${this.#chance.of(ACCOUNTS)}`)
  }

  /** Many that end their threads always, at once. */
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

/** So many turns of the loop later. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}
