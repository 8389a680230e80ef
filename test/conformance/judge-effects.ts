/**
 * D5 and D6, judged from a history: the effects of a turn happened once if the turn was handled,
 * and not at all otherwise.
 */
import type { HistoryEvent } from '../fixtures/history-file.ts'
import { type Call, isKept, lastCalls, withNested } from './history.ts'
import { nameOf } from './judge-order.ts'
import { type PlanNode, publishedBy, recipientsOf } from './plan-nodes.ts'
import type { Play } from './play.ts'

/**
 * Every turn ended as its script says, except those that were given up for a reason.
 */
export function judgeEnds({ nodes, calls, records, lost, history }: Play): void {
  // A repeated turn may be refused a request that it had sent before, which is then cancelled.
  const refused = new Set(
    history.flatMap((event) =>
      event.at === 'refused' && event.code === 'HEDDLE_REQUEST_CYCLE' ? event.label : [],
    ),
  )
  for (const record of records) {
    if (record.kind !== 'cancelled') continue
    const call = calls.find(({ id }) => id.startsWith(`${record.messageId}@`))
    if (call !== undefined && !mayBeAbandoned(nodes.get(call.label), refused)) {
      throw new Error(`${nameOf(call)} was cancelled`)
    }
  }
  for (const call of lastCalls(calls)) {
    if (lost.has(call.id)) continue
    if (call.outcome === undefined) throw new Error(`${nameOf(call)} never ended`)
    const { script } = nodes.get(call.label) as PlanNode
    const mustFail = script.some(({ op }) => op === 'fail')
    const mayFail = mustFail || script.some((op) => op.op === 'ask' && !op.caught)
    if (call.outcome === 'done' ? mustFail : !mayFail) {
      throw new Error(`${nameOf(call)} ended wrong: ${call.outcome}`)
    }
  }
}

/** Whether the request's caller, or one further out, may end without waiting. */
function mayBeAbandoned(node: PlanNode | undefined, refused: ReadonlySet<string>): boolean {
  if (node === undefined || node.kind === 'publish') return false
  return node.later || refused.has(node.label) || mayBeAbandoned(node.parent, refused)
}

/**
 * Each message that a handled turn published reached each recipient once, and what failed turns
 * published reached none.
 */
export function judgeDeliveries({ nodes, calls, lost }: Play): void {
  const last = lastCalls(calls)
  const expected = new Map<string, number>()
  const expect = (node: PlanNode, sender: string | undefined) => {
    for (const agent of recipientsOf(node, sender)) {
      const name = `${node.label} on ${agent}/${node.key}`
      expected.set(name, (expected.get(name) ?? 0) + 1)
    }
  }
  for (const node of nodes.values()) {
    if (node.parent === undefined && node.kind === 'publish') expect(node, undefined)
  }
  const real = last
    .filter(({ id }) => !lost.has(id))
    .flatMap(withNested)
    .filter(isKept)
  for (const call of real) {
    const node = nodes.get(call.label) as PlanNode
    for (const published of publishedBy(node, nodes)) expect(published, `${call.agent}/${call.key}`)
  }
  const got = countBy(
    last.filter(({ label }) => nodes.get(label)?.kind === 'publish'),
    ({ label, agent, key }) => `${label} on ${agent}/${key}`,
  )
  // Given up before they began, so that no handler wrote of them.
  const unseen = [...lost].filter((id) => !last.some((call) => call.id === id)).length
  for (const name of new Set([...expected.keys(), ...got.keys()])) {
    const wanted = expected.get(name) ?? 0
    const seen = got.get(name) ?? 0
    if (seen > wanted || seen < wanted - unseen) {
      throw new Error(`${name}: published ${wanted} times, and delivered ${seen} times`)
    }
  }
}

const FAILED = ['HEDDLE_REQUEST_FAILED', 'HEDDLE_REQUEST_CYCLE', 'HEDDLE_POISON']

/** Whether the turn that a call belongs to was given up, so that its requests are refused. */
function isLost(id: string, lost: ReadonlySet<string>): boolean {
  const message = id.slice(0, id.indexOf('@')).split('.')[0]
  return [...lost].some((other) => other.startsWith(`${message}@`))
}

/**
 * Each request got its own answer, or an error that the plan explains. None waited in vain.
 */
export function judgeAnswers({ plan, history, answers, calls, lost }: Play): void {
  for (const [place, event] of history.entries()) {
    if (event.at === 'answered') {
      const call = calls.findLast(({ id, begin }) => id === event.by && begin < place)
      // The first time counts: a reply that one attempt got holds for the next attempts too (D7).
      const asked = history.findIndex((one) => {
        return one.at === 'asked' && one.id === event.id && one.label === event.label
      })
      if (call?.label !== event.label || call.begin < asked) {
        throw new Error(`${event.label} got the answer of ${event.by}`)
      }
    }
    if (event.at !== 'refused' || FAILED.includes(event.code)) continue
    if (event.code !== 'HEDDLE_CANCELLED' || !isLost(event.id, lost)) {
      throw new Error(`${event.label} was refused with ${event.code}`)
    }
  }
  for (const { label, kind } of plan) {
    const answer = answers.get(label)
    if (answer === undefined) throw new Error(`${label} from outside has no answer`)
    const call = lastCalls(calls).find((one) => one.label === label)
    const isHandled = call !== undefined && call.outcome === 'done' && !lost.has(call.id)
    const wanted = kind === 'publish' || isHandled ? 'reply' : 'refused'
    const isRight = answer.kind === 'reply' || FAILED.includes(answer.error.code)
    if (answer.kind !== wanted || !isRight) throw new Error(`${label} from outside: ${answer.kind}`)
    if (answer.kind === 'reply' && kind === 'send' && answer.by !== call?.id) {
      throw new Error(`${label} from outside got the answer of ${answer.by}`)
    }
  }
}

/**
 * What handlers saw in their state is the sum of what earlier handled turns added. The call of a
 * lost delivery is not judged: its lane died, perhaps together with the turns that it built on,
 * which then ran again after it.
 */
export function judgeState({ calls, lost }: Play): void {
  const committed = new Map<string, number>()
  for (const turn of lastCalls(calls)) {
    if (lost.has(turn.id)) continue
    const isReal = isKept(turn)
    const turnState = new TurnState(committed)
    const steps = withNested(turn)
      .flatMap((call) => call.events.map(({ place, event }) => ({ place, event, call })))
      .sort((one, other) => one.place - other.place)
    for (const { event, call } of steps) turnState.take(event, call)
    if (!isReal) turnState.undo(turn)
  }
}

/**
 * The additions of one turn. They apply at once, with the steps to undo those of a call and of the
 * calls nested in it.
 */
class TurnState {
  readonly #sums: Map<string, number>
  readonly #undo = new Map<Call, (() => void)[]>()
  readonly #undone = new Set<Call>()

  constructor(sums: Map<string, number>) {
    this.#sums = sums
  }

  take(event: HistoryEvent, call: Call): void {
    if (event.at === 'added') this.#add(event, call)
    else if (event.at === 'end') this.#end(call)
  }

  undo(call: Call): void {
    for (const child of call.children.toReversed()) if (!this.#undone.has(child)) this.undo(child)
    for (const step of this.#stepsOf(call).reverse()) step()
    this.#undo.delete(call)
    this.#undone.add(call)
  }

  #add({ entry, n, now }: HistoryEvent & { at: 'added' }, call: Call): void {
    const cell = `${call.agent}/${call.key}.${entry}`
    const before = this.#sums.get(cell) ?? 0
    if (before + n !== now) {
      throw new Error(
        `${nameOf(call)} added ${n} to ${cell}, which should have been ${before}, and got ${now}`,
      )
    }
    this.#sums.set(cell, now)
    this.#stepsOf(call).push(() => this.#sums.set(cell, before))
  }

  /** A nested call that failed takes back its additions; those of any other become its caller's. */
  #end(call: Call): void {
    if (call.parent === undefined) return
    if (call.outcome === 'failed' || this.#undone.has(call.parent)) return this.undo(call)
    this.#stepsOf(call.parent).push(...this.#stepsOf(call))
    this.#undo.delete(call)
  }

  #stepsOf(call: Call): (() => void)[] {
    let steps = this.#undo.get(call)
    if (steps === undefined) {
      steps = []
      this.#undo.set(call, steps)
    }
    return steps
  }
}

export function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1)
  return counts
}
