/** What ends a run: conditions, what they are shown, and what they say when they are met. */
import {
  type AgentEvent,
  type ChatMessage,
  type Condition,
  type ConditionHit,
  type ConditionInput,
  type ConditionParts,
  type ConditionResult,
  defineCondition,
  externalStop,
  handoffTo,
  maxMessages,
  type Plain,
  type Predicate,
  sourceMatch,
  stopMessage,
  type TokenLimits,
  textMention,
  textMessage,
  timeout,
  tokenUsage,
  toolCalled,
  type Verdict,
  when,
} from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

const limits: TokenLimits = { total: 1000 }
const all = [
  stopMessage(),
  externalStop(),
  maxMessages(10),
  maxMessages(10, { events: 'counted' }),
  textMention('DONE', { sources: ['a'] }),
  tokenUsage(limits),
  handoffTo('user'),
  timeout(1000),
  sourceMatch(['a', 'b']),
  textMessage({ source: 'a' }),
  toolCalled('book'),
  when('often', (items) => items.length > 3),
] as const
exactly<Condition>()(all[0])
exactly<Condition>()(all[0].and(all[1]).or(all[2]))
// @ts-expect-error a number of messages
maxMessages('10')
// @ts-expect-error how events count is said in words
maxMessages(10, { events: true })
// @ts-expect-error a list of sources
textMention('DONE', { sources: 'a' })
// @ts-expect-error limits by name
tokenUsage(1000)
// @ts-expect-error a limit that does not exist
tokenUsage({ totals: 1000 })
// @ts-expect-error one target
handoffTo(['a', 'b'])
// @ts-expect-error a list of sources
sourceMatch('a')
// @ts-expect-error milliseconds
timeout('1s')
// @ts-expect-error the name of a tool
toolCalled()
// @ts-expect-error conditions are joined to conditions
stopMessage().and((items: readonly unknown[]) => items.length > 3)
// @ts-expect-error a condition is not changed
stopMessage().alarms.push(1)

/** A predicate infers; its verdict may carry what it remembers. */
when('twice', (items, state) => {
  exactly<readonly (ChatMessage | AgentEvent)[]>()(items)
  exactly<Plain>()(state)
  // @ts-expect-error it does not change what it is shown
  items.pop()
  return { isMet: Number(state) + items.length >= 2, state: Number(state) + items.length }
})
const verdict: Verdict = { isMet: true, figures: { seen: 2 } }
export const later: Predicate = async () => verdict
when('later', later)
// @ts-expect-error a predicate decides
when('nothing', () => undefined)
// @ts-expect-error with a boolean, and not with what is like one
when('count', (items) => items.length)
// @ts-expect-error a verdict says whether it is met
when('odd', () => ({ state: 1 }))
// @ts-expect-error what it remembers is data
export const dated: Verdict = { isMet: false, state: new Date(0) }
// @ts-expect-error a condition has a name
when((items: readonly unknown[]) => items.length > 3)

const parts: ConditionParts = {
  initial: { seen: 0 },
  alarms: [1000],
  look: (state, seen) => {
    exactly<Plain>()(state)
    exactly<ConditionInput>()(seen)
    exactly<boolean>()(seen.stopAsked)
    // @ts-expect-error a condition looks, and changes nothing
    seen.elapsedMs = 0
    return { state, hits: seen.isTask ? [] : [custom] }
  },
}
const custom: ConditionHit = { kind: 'custom', name: 'own', figures: null, text: 'met' }
exactly<Condition>()(defineCondition(parts))
defineCondition({ look: async (state) => ({ state, hits: [] }) })
// @ts-expect-error a condition looks
defineCondition({ initial: 0 })
// @ts-expect-error a look gives what is remembered, too
defineCondition({ look: () => ({ hits: [] }) })
// @ts-expect-error what it begins with is data
defineCondition({ ...parts, initial: new Map() })
// @ts-expect-error a hit of a kind that does not exist
export const odd: ConditionResult = { state: null, hits: [{ kind: 'own', text: 'met' }] }
// @ts-expect-error a hit has its figures
export const bare: ConditionHit = { kind: 'timeout', text: 'late' }

/** The union is closed: a new kind of hit is an error here. */
export function figureOf(hit: ConditionHit): Plain {
  exactly<string>()(hit.text)
  switch (hit.kind) {
    case 'stop-message':
    case 'source-match':
    case 'text-message':
      return hit.source
    case 'max-messages':
      return [hit.limit, hit.count]
    case 'text-mention':
      return [hit.mention, hit.source]
    case 'token-usage':
      return [hit.promptTokens, hit.completionTokens]
    case 'handoff':
      return [hit.target, hit.source]
    case 'timeout':
      return [hit.limitMs, hit.elapsedMs]
    case 'external':
      return null
    case 'tool-call':
      return [hit.tool, hit.source]
    case 'custom':
      return [hit.name, hit.figures]
  }
}
