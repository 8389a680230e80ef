/** Model contexts that users write: what they must be, and what their views must return. */
import { describe } from '../../errors.ts'
import type { ModelMessage } from '../../models/model.ts'
import {
  eitherOf,
  listOf,
  needed,
  type OptionRule,
  oneOf,
  RECORD,
  type RulesOf,
  recordOf,
  ruleThat,
  sentenceOf,
  shapeOf,
  TEXT,
} from '../../option-rules.ts'

export const CONTEXT = shapeOf('unbounded(), buffered(…) or the like: an object with view', 'view')

type Role = ModelMessage['role']
type PartsOf<R extends Role> = RulesOf<Omit<Extract<ModelMessage, { readonly role: R }>, 'role'>>

const LIST = ruleThat('a list', Array.isArray)
const TEXT_OR_PARTS = ruleThat('a string or a list of parts', (value) => {
  return typeof value === 'string' || Array.isArray(value)
})
const ENTRIES: { readonly [R in Role]: PartsOf<R> } = {
  system: { content: needed(TEXT) },
  user: { content: needed(TEXT_OR_PARTS), source: needed(TEXT) },
  assistant: {
    content: needed(TEXT),
    toolCalls: LIST,
    thought: TEXT,
    source: needed(TEXT),
    metadata: RECORD,
  },
  tool: { results: needed(LIST) },
}
const ROLE = oneOf(...Object.keys(ENTRIES))
const entryOf = (parts: Readonly<Record<string, OptionRule>>) => {
  return recordOf({ role: needed(ROLE), ...parts }, 'a message for a model', 'allowed')
}
const OF_ROLE = new Map<unknown, OptionRule>(
  Object.entries(ENTRIES).map(([role, parts]) => [role, entryOf(parts)]),
)
const ODD = entryOf({})
const ENTRY = eitherOf(ODD.must, (entry) => OF_ROLE.get(Object(entry).role) ?? ODD)
const SHOWN = listOf(ENTRY)

/**
 * What is wrong with the result of a view of this kind; undefined when nothing is. A promise of
 * messages is refused.
 */
export function wrongView(kind: string, shown: unknown): string | undefined {
  const wrong = SHOWN.find(shown, '')
  if (wrong === undefined) return undefined
  if (wrong.at !== '') return sentenceOf(wrong, `what its context '${kind}' gave`)
  return `its context '${kind}' gave ${describe(shown)}, and must give model messages, at once`
}
