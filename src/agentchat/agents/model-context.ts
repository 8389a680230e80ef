/**
 * Which part of an agent's history its model is shown. Views are pure: the stored history stays
 * whole, and the same view serves any number of agents.
 *
 * Invariant: a call and its results are shown together or not at all. A provider refuses a request
 * with one of them alone, so where a cut falls between them, both are left out. A call or a result
 * that is alone in the history itself is left out too.
 */

import { dropLate } from '../../agents/call-out.ts'
import { describe } from '../../errors.ts'
import type { ModelClient, ModelMessage, ToolSpec } from '../../models/model.ts'
import { refuseChat } from '../messages/refusal.ts'
import { wrongView } from './context-view.ts'
import { brokenClient, checkCount } from './model-answer.ts'
import { isTokenLimit } from './model-client.ts'

/** Which part of its history an assistant's model is shown. */
export interface ModelContext {
  readonly kind: string
  /**
   * Must not change the history. The history holds neither the system message nor memories; these
   * are shown in addition.
   */
  view(
    history: readonly ModelMessage[],
    model: Pick<ModelClient, 'countTokens' | 'contextTokens'>,
    tools: readonly ToolSpec[],
  ): readonly ModelMessage[]
}

/** Which caller shows which history to which model. */
export interface Showing {
  /** On whose behalf: for errors. */
  readonly about: 'chat agent' | 'team'
  readonly name: string
  readonly model: ModelClient
  readonly context: ModelContext
  /** What the model is shown beside the history. */
  readonly told: readonly ModelMessage[]
}

/**
 * The part of a history that a model is shown, given the room that the messages before it leave.
 * The only place that calls a view, and a client's token counts. Throws HEDDLE_MODEL_ANSWER when
 * the client does not return a count of tokens, and HEDDLE_INVALID_CHAT_AGENT or
 * HEDDLE_INVALID_TEAM when the view does not return messages.
 */
export function shownOf(
  { about, name, model, context, told }: Showing,
  history: readonly ModelMessage[],
  tools: readonly ToolSpec[],
): readonly ModelMessage[] {
  const asked = { agent: name, client: model.name }
  const countTokens: ModelClient['countTokens'] = (messages, specs) => {
    return checkCount(asked, model.countTokens(messages, specs))
  }
  const { contextTokens } = model
  if (contextTokens !== undefined && !isTokenLimit(contextTokens)) {
    const problem = `has ${describe(contextTokens)} as contextTokens, which must be above 0`
    throw brokenClient(asked, problem)
  }
  const room =
    contextTokens === undefined
      ? { countTokens }
      : { countTokens, contextTokens: Math.max(1, contextTokens - countTokens(told)) }
  const shown: unknown = context.view(history, room, tools)
  const problem = wrongView(context.kind, shown)
  if (problem === undefined) return shown as readonly ModelMessage[]
  dropLate(shown)
  throw refuseChat(about, problem, name)
}

/** Messages that only make sense together: one, or calls and all their results. */
type Unit = readonly ModelMessage[]

/** Shows the whole history. */
export function unbounded(): ModelContext {
  return Object.freeze({
    kind: 'unbounded',
    view: (history: readonly ModelMessage[]) => unitsOf(history).flat(),
  })
}

/**
 * The last `size` messages, or fewer where the cut would separate calls from their results; none at
 * all where the last calls and results alone are more than `size`. Throws
 * HEDDLE_INVALID_CHAT_AGENT.
 */
export function buffered(size: number): ModelContext {
  checkSize('size of buffered', size)
  return Object.freeze({
    kind: 'buffered',
    view: (history: readonly ModelMessage[]) => endOf(unitsOf(history), size).flat(),
  })
}

/**
 * The first `head` and the last `tail` messages, fewer where a cut would separate calls from their
 * results. Between them a message with the source `system` says how many were left out; it is not
 * counted. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function headAndTail(head: number, tail: number): ModelContext {
  checkSize('head of headAndTail', head)
  checkSize('tail of headAndTail', tail)
  return Object.freeze({
    kind: 'head-and-tail',
    view: (history: readonly ModelMessage[]): readonly ModelMessage[] => {
      const units = unitsOf(history)
      const { length } = units.flat()
      if (length <= head + tail) return units.flat()
      const first = beginOf(units, head).flat()
      const last = endOf(units, tail).flat()
      const skipped = length - first.length - last.length
      const content = `(Left out here: ${skipped} of ${length} messages.)`
      return [...first, { role: 'user', source: 'system', content }, ...last]
    },
  })
}

/**
 * As much as fits into `limit` tokens, tools included. The middle is left out first, the newest
 * last. Default: as many as the model can be shown; all, where that is not known. Set it lower to
 * leave room for the system message, memories and the answer. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function tokenLimited(limit?: number): ModelContext {
  if (limit !== undefined) checkSize('limit of tokenLimited', limit)
  return Object.freeze({
    kind: 'token-limited',
    view: (
      history: readonly ModelMessage[],
      model: Pick<ModelClient, 'countTokens' | 'contextTokens'>,
      tools: readonly ToolSpec[],
    ) => {
      const units = unitsOf(history)
      const most = limit ?? model.contextTokens ?? Number.POSITIVE_INFINITY
      const fits = (kept: number) => model.countTokens(outerOf(units, kept).flat(), tools) <= most
      return outerOf(units, greatest(units.length, fits)).flat()
    },
  })
}

/** Leaves out calls without results and results without calls. */
function unitsOf(history: readonly ModelMessage[]): readonly Unit[] {
  const units: Unit[] = []
  let open: ModelMessage[] = []
  /**
   * Ids may recur later, and some models give all calls the same id. So the open calls are a list,
   * and end with their turn.
   */
  let unanswered: string[] = []
  for (const message of history) {
    if (message.role === 'tool') {
      const left = without(
        unanswered,
        message.results.map(({ callId }) => callId),
      )
      if (open.length > 0 && left !== undefined) {
        open.push(message)
        unanswered = left
        if (left.length > 0) continue
        units.push(open)
      }
      open = []
    } else if (message.role === 'assistant' && (message.toolCalls ?? []).length > 0) {
      open = [message]
      unanswered = (message.toolCalls ?? []).map(({ id }) => id)
    } else {
      open = []
      units.push([message])
    }
  }
  return units
}

/** Undefined: some of them are not in the list. */
function without(list: readonly string[], taken: readonly string[]): string[] | undefined {
  const left = [...list]
  for (const one of taken) {
    const at = left.indexOf(one)
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left
}

function beginOf(units: readonly Unit[], most: number): readonly Unit[] {
  let count = 0
  const end = units.findIndex((unit) => {
    count += unit.length
    return count > most
  })
  return end < 0 ? units : units.slice(0, end)
}

function endOf(units: readonly Unit[], most: number): readonly Unit[] {
  return beginOf(units.toReversed(), most).toReversed()
}

/** The outer units: half from the beginning, half from the end, and the odd one from the end. */
function outerOf(units: readonly Unit[], kept: number): readonly Unit[] {
  const first = Math.floor(kept / 2)
  return [...units.slice(0, first), ...units.slice(units.length - (kept - first))]
}

/**
 * The greatest number up to `most` that fits, or 0: found by bisection, since counting the tokens
 * of a long history is work.
 */
function greatest(most: number, fits: (count: number) => boolean): number {
  if (fits(most)) return most
  let fitting = 0
  let tooMany = most
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2)
    if (fits(middle)) fitting = middle
    else tooMany = middle
  }
  return fitting
}

function checkSize(what: string, size: unknown): void {
  if (Number.isSafeInteger(size) && Number(size) > 0) return
  const problem = `${what} is ${describe(size)}, and must be a positive whole number`
  throw refuseChat('chat agent', problem)
}
