/**
 * When a run ends: conditions that look at what is said, and can be combined with `and` and `or`.
 *
 * Owns: nothing. What a condition remembers is data kept by its run, so it is saved, loaded and
 * forgotten with the run. The same condition serves any number of runs at once.
 */
import { describe } from '../../errors.ts'
import { copyOf, type Plain } from '../../messages/plain.ts'
import {
  ELSEWHERE,
  FUNCTION,
  firstWrong,
  GIVEN,
  kindOf,
  listOf,
  MS,
  NUMBER,
  needed,
  type RulesOf,
  recordOf,
  sentenceOf,
  TEXT,
} from '../../option-rules.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'

/** A condition that was met, with the figures that met it. */
export type ConditionHit = { readonly text: string } & (
  | { readonly kind: 'stop-message'; readonly source: string }
  | { readonly kind: 'max-messages'; readonly limit: number; readonly count: number }
  | { readonly kind: 'text-mention'; readonly mention: string; readonly source: string }
  | {
      readonly kind: 'token-usage'
      readonly promptTokens: number
      readonly completionTokens: number
    }
  | { readonly kind: 'handoff'; readonly target: string; readonly source: string }
  | { readonly kind: 'timeout'; readonly limitMs: number; readonly elapsedMs: number }
  | { readonly kind: 'external' }
  | { readonly kind: 'source-match'; readonly source: string }
  | { readonly kind: 'text-message'; readonly source: string }
  | { readonly kind: 'tool-call'; readonly tool: string; readonly source: string }
  | { readonly kind: 'custom'; readonly name: string; readonly figures: Plain }
)

/**
 * What a condition is shown: once for each step of a run, at its alarms, and when a stop is
 * requested from outside.
 */
export interface ConditionInput {
  /** The messages and events since the last look, in order, without chunks. */
  readonly items: readonly (ChatMessage | AgentEvent)[]
  /** Whether the items are the run's task, which no member of the team has said. */
  readonly isTask: boolean
  /** Milliseconds since the run began. */
  readonly elapsedMs: number
  /** Whether `stop()` was called. */
  readonly stopAsked: boolean
}

/** What the condition remembers from now on, and what was met: undefined while the run goes on. */
export interface ConditionResult {
  readonly state: Plain
  readonly hits: readonly ConditionHit[]
}

/** When a run ends. Made by `maxMessages` and the like, or by `defineCondition`. */
export interface Condition {
  readonly kind: 'condition'
  /** What the condition remembers when a run begins. */
  readonly initial: Plain
  /**
   * Milliseconds after the run's start at which the condition is asked, even in the middle of a
   * turn.
   */
  readonly alarms: readonly number[]
  /** Must not keep anything outside of `state`. */
  look(state: Plain, seen: ConditionInput): ConditionResult | Promise<ConditionResult>
  /** Met when both have been met, at the same time or not. */
  and(other: Condition): Condition
  /** Met as soon as one of them is met. */
  or(other: Condition): Condition
}

/** The parts of `defineCondition`. */
export interface ConditionParts {
  readonly initial?: Plain
  readonly alarms?: readonly number[]
  /** Gives what the condition remembers from now on, and what was met. */
  readonly look: (state: Plain, seen: ConditionInput) => ConditionResult | Promise<ConditionResult>
}

const PARTS: RulesOf<ConditionParts> = {
  initial: ELSEWHERE,
  alarms: listOf(MS),
  look: needed(FUNCTION),
}

type HitOf<K extends ConditionHit['kind']> = Omit<Extract<ConditionHit, { kind: K }>, 'kind'>
const text = needed(TEXT)
const source = needed(TEXT)
const number = needed(NUMBER)
const HITS: { readonly [K in ConditionHit['kind']]: RulesOf<HitOf<K>> } = {
  'stop-message': { text, source },
  'max-messages': { text, limit: number, count: number },
  'text-mention': { text, mention: needed(TEXT), source },
  'token-usage': { text, promptTokens: number, completionTokens: number },
  handoff: { text, target: needed(TEXT), source },
  timeout: { text, limitMs: number, elapsedMs: number },
  external: { text },
  'source-match': { text, source },
  'text-message': { text, source },
  'tool-call': { text, tool: needed(TEXT), source },
  custom: { text, name: needed(TEXT), figures: GIVEN },
}
const LOOKED = recordOf<ConditionResult>(
  { state: GIVEN, hits: needed(listOf(kindOf(HITS, 'allowed'))) },
  'an object with state and hits',
  'allowed',
)

/**
 * Defines a custom condition. Throws HEDDLE_INVALID_TEAM. A look that returns no state, or invalid
 * hits, throws it too, and so fails its run. The hits of a custom condition are of the kind
 * `custom`.
 */
export function defineCondition(parts: ConditionParts): Condition {
  checkOptions<ConditionParts>('condition', parts, PARTS)
  const { initial = null, alarms = [], look } = parts
  copyOf(initial, (problem) => refuseChat('condition', `of what it begins with, ${problem}`))
  const condition: Condition = {
    kind: 'condition',
    initial,
    alarms: Object.freeze([...alarms]),
    look: (state, seen) => {
      const looked = look(state, seen)
      return isThenable(looked) ? Promise.resolve(looked).then(checkLooked) : checkLooked(looked)
    },
    and: (other) => both(condition, conditionIn('and', other)),
    or: (other) => either(condition, conditionIn('or', other)),
  }
  return Object.freeze(condition)
}

function isThenable(
  looked: ConditionResult | PromiseLike<ConditionResult>,
): looked is PromiseLike<ConditionResult> {
  return typeof Object(looked).then === 'function'
}

function checkLooked(looked: ConditionResult): ConditionResult {
  const wrong = LOOKED.find(looked, '')
  if (wrong === undefined) return looked
  if (wrong.at !== '') throw refuseChat('condition', sentenceOf(wrong, 'what its look gave'))
  throw refuseChat('condition', `its look gave ${describe(looked)}, and must give ${wrong.must}`)
}

/** Whether a value is a condition: made by `defineCondition`, or of the same shape. */
export function isCondition(value: unknown): value is Condition {
  const { kind } = Object(value) as Partial<Condition>
  return kind === 'condition' && firstWrong(Object(value), SHAPE) === undefined
}

const SHAPE = { look: needed(FUNCTION), alarms: needed(listOf(MS)) }

function conditionIn(join: 'and' | 'or', other: unknown): Condition {
  if (isCondition(other)) return other
  const problem = `${join}(…) was given ${describe(other)}, and joins conditions: maxMessages(…) and the like`
  throw refuseChat('condition', problem)
}

/** Each side is asked until it is met; its hits are remembered. */
function both(one: Condition, other: Condition): Condition {
  return defineCondition({
    initial: [
      { state: one.initial, hits: [] },
      { state: other.initial, hits: [] },
    ],
    alarms: [...one.alarms, ...other.alarms],
    look: async (state, seen) => {
      const sides = state as unknown as readonly [ConditionResult, ConditionResult]
      const looked = await Promise.all(
        [one, other].map((side, at) => {
          const before = sides[at] as ConditionResult
          return before.hits.length > 0 ? before : side.look(before.state, seen)
        }),
      )
      const isMet = looked.every(({ hits }) => hits.length > 0)
      return {
        state: looked as unknown as Plain,
        hits: isMet ? looked.flatMap(({ hits }) => hits) : [],
      }
    },
  })
}

function either(one: Condition, other: Condition): Condition {
  return defineCondition({
    initial: [one.initial, other.initial],
    alarms: [...one.alarms, ...other.alarms],
    look: async (state, seen) => {
      const states = state as readonly [Plain, Plain]
      const looked = await Promise.all([one.look(states[0], seen), other.look(states[1], seen)])
      return {
        state: looked.map((side) => side.state),
        hits: looked.flatMap(({ hits }) => hits),
      }
    },
  })
}
