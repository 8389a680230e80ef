/**
 * The conditions that come with heddle. Each counts from its run's start, and looks at every item
 * of a step, in whichever order the speakers finished. `maxMessages` and `tokenUsage` count the
 * task. All others ignore the task, unless `sources` name its source.
 */
import { describe } from '../../errors.ts'
import type { Plain } from '../../messages/plain.ts'
import { addUsage, NO_USAGE, type Usage } from '../../models/model.ts'
import {
  COUNT,
  FUNCTION,
  listOf,
  MS,
  NAME,
  type OptionRule,
  oneOf,
  type RulesOf,
} from '../../option-rules.ts'
import { type AgentEvent, type ChatMessage, textOf, textOfParts } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import {
  type Condition,
  type ConditionHit,
  type ConditionInput,
  defineCondition,
} from './condition.ts'

type Item = ConditionInput['items'][number]

const SOURCES = listOf(NAME, 1)
const EVENTS = oneOf('counted', 'ignored')

/** Met by a `stop` message. */
export function stopMessage(): Condition {
  return metBy(notInTask, ({ kind, source }) =>
    kind === 'stop' ? { kind: 'stop-message', source, text: `${source} asked to stop` } : undefined,
  )
}

/**
 * Met as soon as `n` messages were said, the task's included. `events`: whether events of the
 * agents' work count too; default `ignored`. Throws HEDDLE_INVALID_TEAM unless `n` is a positive
 * whole number.
 */
export function maxMessages(
  n: number,
  options: { readonly events?: 'counted' | 'ignored' } = {},
): Condition {
  check('n of maxMessages', n, COUNT)
  checkOptions<typeof options>('condition', options, { events: EVENTS }, 'maxMessages')
  const { events = 'ignored' } = options
  return defineCondition({
    initial: 0,
    look: (state, { items }) => {
      const counted = events === 'counted' ? items : items.filter(isMessage)
      const count = Number(state) + counted.length
      const text = `${count} messages were said, and ${n} is the limit`
      return {
        state: count,
        hits: count < n ? [] : [{ kind: 'max-messages', limit: n, count, text }],
      }
    },
  })
}

/**
 * Met by a message or an event that contains `text`, case-sensitively: in what was said or thought,
 * in a tool's arguments or result, in code or its output. Not by what an agent remembers.
 * `sources`: only what these say is searched, including a task of theirs. Default: everything that
 * is said after the task. Throws HEDDLE_INVALID_TEAM if `text` or `sources` is empty.
 */
export function textMention(
  text: string,
  options: { readonly sources?: readonly string[] } = {},
): Condition {
  check('text of textMention', text, NAME)
  checkOptions<typeof options>('condition', options, { sources: SOURCES }, 'textMention')
  const { sources } = options
  return metBy(from(sources), (item) => {
    if (!wordsOf(item).some((words) => words.includes(text))) return undefined
    const { source } = item
    return { kind: 'text-mention', mention: text, source, text: `${source} mentioned '${text}'` }
  })
}

/** Undefined: no limit. */
export interface TokenLimits {
  /** Of prompts and completions together. */
  readonly total?: number
  readonly prompt?: number
  readonly completion?: number
}

const LIMITS: RulesOf<TokenLimits> = { total: COUNT, prompt: COUNT, completion: COUNT }

/**
 * Met as soon as the messages' `usage` adds up to one of the limits. Throws HEDDLE_INVALID_TEAM
 * when no limit is given, or one is not a positive whole number.
 */
export function tokenUsage(limits: TokenLimits): Condition {
  checkOptions<TokenLimits>('condition', limits, LIMITS, 'tokenUsage')
  const { total, prompt, completion } = limits
  if ([total, prompt, completion].every((limit) => limit === undefined)) {
    throw refuse('tokenUsage needs a limit: total, prompt or completion')
  }
  return defineCondition({
    initial: { ...NO_USAGE },
    look: (state, { items }) => {
      const usages = items.filter(isMessage).map(({ usage = NO_USAGE }) => usage)
      const used = usages.reduce(addUsage, state as unknown as Usage)
      const { promptTokens, completionTokens } = used
      const isOver =
        reaches(promptTokens + completionTokens, total) ||
        reaches(promptTokens, prompt) ||
        reaches(completionTokens, completion)
      const text = `${promptTokens} tokens of prompts and ${completionTokens} of completions reach the limit`
      const hits: ConditionHit[] = [{ kind: 'token-usage', promptTokens, completionTokens, text }]
      return { state: { promptTokens, completionTokens }, hits: isOver ? hits : [] }
    },
  })
}

/**
 * Met by a handoff to `target`, which need not take part. Throws HEDDLE_INVALID_TEAM when it is
 * empty.
 */
export function handoffTo(target: string): Condition {
  check('target of handoffTo', target, NAME)
  return metBy(notInTask, (item) => {
    if (item.kind !== 'handoff' || item.target !== target) return undefined
    const { source } = item
    return { kind: 'handoff', target, source, text: `${source} handed over to ${target}` }
  })
}

/**
 * Met `ms` milliseconds after the run began, even in the middle of a turn. Throws
 * HEDDLE_INVALID_TEAM unless `ms` is above 0.
 */
export function timeout(ms: number): Condition {
  check('ms of timeout', ms, MS)
  const text = `${ms} milliseconds have passed`
  return defineCondition({
    alarms: [ms],
    look: (state, { elapsedMs }) => ({
      state,
      hits: elapsedMs < ms ? [] : [{ kind: 'timeout', limitMs: ms, elapsedMs, text }],
    }),
  })
}

/** Met by `stop()` of the team: the run then ends with this condition, and not as `stopped`. */
export function externalStop(): Condition {
  return defineCondition({
    look: (state, { stopAsked }) => ({
      state,
      hits: stopAsked ? [{ kind: 'external', text: 'it was asked to stop' }] : [],
    }),
  })
}

/**
 * Met by a message from one of these sources, tasks included. Throws HEDDLE_INVALID_TEAM when
 * `sources` has none.
 */
export function sourceMatch(sources: readonly string[]): Condition {
  check('sources of sourceMatch', sources, SOURCES)
  return metBy(from(sources), (item) => {
    if (!isMessage(item)) return undefined
    const { source } = item
    return { kind: 'source-match', source, text: `${source} answered` }
  })
}

/**
 * Met by a `text` message. `source`: only from this source, tasks included. Throws
 * HEDDLE_INVALID_TEAM when it is empty.
 */
export function textMessage(options: { readonly source?: string } = {}): Condition {
  checkOptions<typeof options>('condition', options, { source: NAME }, 'textMessage')
  const { source: only } = options
  return metBy(from(only === undefined ? undefined : [only]), ({ kind, source }) =>
    kind === 'text'
      ? { kind: 'text-message', source, text: `${source} sent a text message` }
      : undefined,
  )
}

/**
 * Met once the tool of this name has run, well or not. Throws HEDDLE_INVALID_TEAM when `name` is
 * empty.
 */
export function toolCalled(name: string): Condition {
  check('name of toolCalled', name, NAME)
  return metBy(notInTask, (item) => {
    if (item.kind !== 'tool-results' || !item.results.some((one) => one.name === name)) {
      return undefined
    }
    const { source } = item
    return { kind: 'tool-call', tool: name, source, text: `${source} used the tool '${name}'` }
  })
}

/** What a predicate can return instead of a boolean. */
export interface Verdict {
  readonly isMet: boolean
  /** What the predicate remembers of this run from now on. Default: the same as before. */
  readonly state?: Plain
  /** For the stop reason. Default `null`. */
  readonly figures?: Plain
}

/** `state` is null when a run begins. */
export type Predicate = (
  items: readonly (ChatMessage | AgentEvent)[],
  state: Plain,
) => boolean | Verdict | Promise<boolean | Verdict>

/**
 * Met when `predicate` says so of the new items. It is not asked about the task, nor when nothing
 * is new, and must not keep anything outside of its state. Throws HEDDLE_INVALID_TEAM when `name`
 * is empty or there is no predicate. A look rejects with it when the predicate does not return a
 * verdict.
 */
export function when(name: string, predicate: Predicate): Condition {
  check('name of when', name, NAME)
  check(`the predicate of '${name}'`, predicate, FUNCTION)
  return defineCondition({
    look: async (before, { items, isTask }) => {
      if (isTask || items.length === 0) return { state: before, hits: [] }
      const verdict = await predicate(items, before)
      const isMet = typeof verdict === 'object' ? verdict?.isMet : verdict
      if (typeof isMet !== 'boolean') {
        throw refuse(`the predicate of '${name}' gave ${describe(verdict)}, and no verdict`)
      }
      const { state = before, figures = null } = typeof verdict === 'object' ? verdict : {}
      return {
        state,
        hits: isMet ? [{ kind: 'custom', name, figures, text: `'${name}' is met` }] : [],
      }
    },
  })
}

/** Met by the first item for which `find` gives a hit, among those that count. */
function metBy(
  counts: (item: Item, isTask: boolean) => boolean,
  find: (item: Item) => ConditionHit | undefined,
): Condition {
  return defineCondition({
    look: (state, { items, isTask }) => {
      for (const item of items) {
        const hit = counts(item, isTask) ? find(item) : undefined
        if (hit !== undefined) return { state, hits: [hit] }
      }
      return { state, hits: [] }
    },
  })
}

const notInTask = (_: Item, isTask: boolean) => !isTask

function from(sources: readonly string[] | undefined) {
  if (sources === undefined) return notInTask
  const named = new Set(sources)
  return ({ source }: Item) => named.has(source)
}

/** Whether an item is a message: events have no id. */
function isMessage(item: Item): item is ChatMessage {
  return 'id' in item
}

/**
 * What an agent, its model or its tools put in words. Memories do not count, since they may quote
 * words that end a run.
 */
function wordsOf(item: Item): readonly string[] {
  if (isMessage(item)) return [textOf(item)]
  switch (item.kind) {
    case 'tool-calls':
      return item.calls.map((call) => call.arguments)
    case 'tool-results':
      return item.results.map(({ content }) => textOfParts(content))
    case 'code-generated':
      return [item.code]
    case 'code-executed':
      return [item.output]
    case 'input-requested':
      return [item.prompt]
    case 'thought':
    case 'chunk':
      return [item.content]
    default:
      return []
  }
}

function reaches(used: number, limit: number | undefined): boolean {
  return limit !== undefined && used >= limit
}

function check(what: string, value: unknown, rule: OptionRule): void {
  const wrong = rule.find(value, '')
  if (wrong !== undefined)
    throw refuse(`${what}${wrong.at} is ${describe(wrong.value)}, and must be ${wrong.must}`)
}

function refuse(problem: string) {
  return refuseChat('condition', problem)
}
