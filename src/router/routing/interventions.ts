/**
 * Interventions, which a user may put between an agent and a recipient: a synchronous chain, in
 * which each gets the result of the one before.
 */
import { types } from 'node:util'
import { outsideTurns } from '../../agents/turn-context.ts'
import { isPlain } from '../../describe.ts'
import { describe, HeddleError, problemOf } from '../../errors.ts'
import type { AgentId } from '../../ids/agent-id.ts'
import type { TopicId } from '../../ids/topic-id.ts'
import { freezeArrived, handOut } from '../../messages/frozen.ts'
import type { Drop, Intervention } from '../../messages/intervention.ts'
import { asEnvelope, Envelope, isMade, type Message, type Request } from '../../messages/message.ts'
import { sealPayload } from '../../messages/payload.ts'
import { nearestOf } from '../../nearest.ts'
import { checkOptions, namesOf } from '../../option-check.ts'
import { holdsByName } from '../../option-names.ts'
import type { Origin } from '../ledger/delivery.ts'

const NAMES = namesOf<Intervention>({ onPublish: true, onSend: true, onReply: true })

/** Throws HEDDLE_INVALID_OPTION, also for a name that would never be called. */
export function checkInterventions(list: readonly Intervention[]): void {
  const rule = `a list of records with any of ${NAMES.join(', ')}`
  if (!Array.isArray(list)) throw notAsRuled('interventions', list, rule)
  for (const [at, one] of list.entries()) {
    const option = `interventions[${at}]`
    if (!holdsByName(one)) throw notAsRuled(option, one, `a record with any of ${NAMES.join(', ')}`)
    if (isPlain(one)) checkOptions(one, NAMES, option)
    else checkMethods(option, one)
    for (const name of NAMES) {
      const given = one[name]
      if (given !== undefined && typeof given !== 'function') {
        throw notAsRuled(`${option}.${name}`, given, 'a function')
      }
    }
  }
}

/**
 * Other methods of a class instance are allowed, unless one looks like a misspelled method of an
 * intervention.
 */
function checkMethods(option: string, one: object): void {
  const mistyped = methodsOf(one).find((name) => {
    return name.startsWith('on') && !has(NAMES, name) && nearestOf(name, NAMES) !== undefined
  })
  if (mistyped !== undefined) checkOptions({ [mistyped]: true }, NAMES, option)
  if (NAMES.every((name) => !(name in one))) {
    throw notAsRuled(option, one, `an object with at least one of ${NAMES.join(', ')}`)
  }
}

function has(names: readonly string[], name: string): boolean {
  return names.includes(name)
}

/** The names of all members of an instance: its own, its class's and those of the classes above. */
function methodsOf(one: object): string[] {
  const names: string[] = []
  for (let part = one; part !== null; part = Object.getPrototypeOf(part)) {
    names.push(...Object.getOwnPropertyNames(part))
  }
  return names
}

function notAsRuled(option: string, value: unknown, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}

export type Intervened =
  | { readonly kind: 'pass'; readonly made: Envelope }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: HeddleError }

export type ReplyIntervened =
  | { readonly kind: 'pass'; readonly reply: unknown }
  | Exclude<Intervened, { readonly kind: 'pass' }>

export class Interventions {
  readonly #chain: readonly Intervention[]

  constructor(chain: readonly Intervention[]) {
    this.#chain = [...chain]
  }

  get isEmpty(): boolean {
    return this.#chain.length === 0
  }

  onPublish(made: Envelope, context: { topic: TopicId; sender: AgentId | undefined }): Intervened {
    const step = (one: Intervention, message: Envelope) =>
      one.onPublish?.(message as Message, context) ?? none(one.onPublish)
    return this.#run('onPublish', 'message', made, step)
  }

  onSend(made: Envelope, context: { recipient: AgentId; sender: AgentId | undefined }): Intervened {
    const step = (one: Intervention, request: Envelope) =>
      one.onSend?.(request as Request, context) ?? none(one.onSend)
    return this.#run('onSend', 'request', made, step)
  }

  onReply(reply: unknown, context: { request: string; agent: AgentId }): ReplyIntervened {
    let current = reply
    for (const one of this.#chain) {
      if (one.onReply === undefined) continue
      try {
        const shown = handOut(current)
        const next = outsideTurns(() => one.onReply?.(shown, context))
        if (isDrop(next)) return { kind: 'dropped', reason: next.reason }
        if (next !== shown) current = checkedReply(next, context.request)
      } catch (error) {
        return { kind: 'failed', error: failure('onReply', context.request, error) }
      }
    }
    return { kind: 'pass', reply: current }
  }

  #run(
    on: 'onPublish' | 'onSend',
    wanted: 'message' | 'request',
    made: Envelope,
    step: (intervention: Intervention, made: Envelope) => unknown,
  ): Intervened {
    let current = made
    for (const intervention of this.#chain) {
      try {
        const shown = current.form === 'copied' ? sameMessage(current) : current
        const next = outsideTurns(() => step(intervention, shown))
        if (next === SKIPPED || next === shown) continue
        if (isDrop(next)) return { kind: 'dropped', reason: next.reason }
        if (!isMade(next)) {
          throw new TypeError(`it returned ${describe(next)}; return the ${wanted} or drop(reason)`)
        }
        current = asEnvelope(next, wanted)
      } catch (error) {
        return { kind: 'failed', error: failure(on, made.name, error) }
      }
    }
    return { kind: 'pass', made: current }
  }
}

const SKIPPED = Symbol('skipped')

/** Distinguishes "has no such function" from "returned nothing". */
function none(present: unknown): typeof SKIPPED | undefined {
  return present === undefined ? SKIPPED : undefined
}

/** Checks a reply that an intervention made, like any other reply. */
function checkedReply(reply: unknown, request: string): unknown {
  if (reply === undefined || types.isPromise(reply)) {
    throw new TypeError(`it returned ${describe(reply)}; return the reply or drop(reason)`)
  }
  return sealPayload(reply, `${request} (reply)`).value
}

function isDrop(value: unknown): value is Drop {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'drop'
}

function failure(on: string, message: string, cause: unknown): HeddleError {
  return new HeddleError(
    'HEDDLE_INTERVENTION_FAILED',
    { on, message, problem: problemOf(cause) },
    { cause },
  )
}

/** The same message for another reader, whose changes to the payload nobody else sees. */
function sameMessage({ kind, name, sealed, bytes, form, schemas }: Envelope): Envelope {
  return new Envelope(kind, name, { value: sealed, bytes, form }, schemas)
}

/** A message in the router, as interventions see it. It was checked where it was made. */
export function madeOf(
  { message, payload, bytes, form }: Origin,
  kind: Envelope['kind'],
): Envelope {
  freezeArrived(payload)
  return new Envelope(kind, message, { value: payload, bytes, form })
}

/** The parts of a message that an intervention may have changed. */
export function contentOf({ name, sealed, bytes, form }: Envelope) {
  return { message: name, payload: sealed, bytes, form }
}
