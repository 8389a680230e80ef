/** A history read as calls of handlers: the turn of each, what it did, and how it ended. */
import type { HistoryEvent } from '../fixtures/history-file.ts'

/** One call of a handler. A turn is a call and those nested in it. */
export interface Call {
  /** The same for all attempts of one delivery. */
  readonly id: string
  readonly agent: string
  readonly key: string
  readonly label: string
  readonly attempt: number
  readonly once: string
  readonly lane: number
  readonly thread: number
  /** The call whose request to its own key made this call. */
  readonly parent: Call | undefined
  readonly children: Call[]
  readonly begin: number
  /** Undefined when its lane died, or when it never ended. */
  end: number | undefined
  outcome: 'done' | 'failed' | undefined
  /** What it did, with its place in the history. */
  readonly events: { readonly place: number; readonly event: HistoryEvent }[]
}

/** All calls, in the order in which they began. Throws when an event belongs to no call. */
export function callsOf(history: readonly HistoryEvent[]): Call[] {
  const calls: Call[] = []
  const open = new Map<string, Call>()
  for (const [place, event] of history.entries()) {
    if (!('id' in event)) continue
    if (event.at === 'begin') {
      const { id, agent, key, label, attempt, once, lane, thread } = event
      const parent = parentOf(id, key, calls)
      const call: Call = {
        ...{ id, agent, key, label, attempt, once, lane, thread, parent, children: [] },
        ...{ begin: place, end: undefined, outcome: undefined, events: [] },
      }
      parent?.children.push(call)
      calls.push(call)
      open.set(id, call)
      continue
    }
    const call = open.get(event.id)
    if (call === undefined) throw new Error(`${event.at} of ${event.id} before its begin`)
    call.events.push({ place, event })
    if (event.at !== 'end') continue
    call.end = place
    call.outcome = event.outcome
  }
  return calls
}

/**
 * The id of a nested call is that of the call around it, its agent and a number: `m.a.1@b` in
 * `m@a`.
 */
function parentOf(id: string, key: string, calls: readonly Call[]): Call | undefined {
  const nested = /^(.*)\.([^.@]+)\.\d+@/.exec(id)
  if (nested === null) return undefined
  const above = `${nested[1]}@${nested[2]}`
  const parent = calls.findLast((call) => call.key === key && call.id === above)
  if (parent === undefined) throw new Error(`nested ${id} has no call around it`)
  return parent
}

/** The call and all that are nested in it. */
export function withNested(call: Call): Call[] {
  return [call, ...call.children.flatMap(withNested)]
}

/** The call that is not nested in another. */
export function rootOf(call: Call): Call {
  return call.parent === undefined ? call : rootOf(call.parent)
}

/** The last call of each delivery, the one that counts. Earlier ones were lost with their lanes. */
export function lastCalls(calls: readonly Call[]): Call[] {
  const last = new Map<string, Call>()
  for (const call of calls) if (call.parent === undefined) last.set(call.id, call)
  return [...last.values()].sort((one, other) => one.begin - other.begin)
}

/** The first call of each delivery. */
export function firstCalls(calls: readonly Call[]): Call[] {
  const seen = new Set<string>()
  return calls.filter(({ id, parent }) => {
    if (parent !== undefined || seen.has(id)) return false
    seen.add(id)
    return true
  })
}

/** Whether the effects of the call were kept: it ended well, and so did every call around it. */
export function isKept(call: Call): boolean {
  return call.outcome === 'done' && (call.parent === undefined || isKept(call.parent))
}
