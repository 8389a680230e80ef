/** Plans in which turns end their threads. A death costs a new thread, so there are few. */
import fc from 'fast-check'
import type { Op, Script } from '../fixtures/script.ts'
import { type Plan, type PlanOptions, plans } from './plans.ts'

type Death = Op & { readonly op: 'die' }

interface Blow {
  /** The number of a message and a place in its script, both modulo how many there are. */
  readonly message: number
  readonly place: number
  readonly death: Death
}

const death = fc.record({
  op: fc.constant('die' as const),
  way: fc.constantFrom('exit' as const, 'throw' as const, 'reject' as const),
  times: fc.constantFrom(1, 1, 1, 2),
})
const blow = fc.record({ message: fc.nat({ max: 30 }), place: fc.nat({ max: 4 }), death })

export function deadlyPlans(options: PlanOptions = {}): fc.Arbitrary<Plan> {
  return struckPlans(plans(options))
}

/** The same plans with one or two deaths in each. */
export function struckPlans(given: fc.Arbitrary<Plan>): fc.Arbitrary<Plan> {
  const blows = fc.array(blow, { minLength: 1, maxLength: 2 })
  return fc.tuple(given, blows).map(([plan, list]) => list.reduce(strike, plan))
}

function strike(plan: Plan, { message, place, death }: Blow): Plan {
  const struck = message % countIn(plan)
  let at = 0
  const visit = <T extends { readonly script: Script }>(sent: T): T => {
    const isStruck = at++ === struck
    const script: Op[] = sent.script.map((op) => ('script' in op ? visit(op) : op))
    if (isStruck) script.splice(place % (script.length + 1), 0, death)
    return { ...sent, script }
  }
  return plan.map(visit)
}

function countIn(messages: readonly { readonly script: Script }[]): number {
  return messages.reduce((sum, { script }) => {
    return sum + 1 + countIn(script.filter((op) => 'script' in op))
  }, 0)
}
