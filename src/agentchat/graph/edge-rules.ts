/**
 * The rules for edges and graphs, built or written by hand: an edge whose condition can't be tested
 * would be taken always, or never.
 */
import {
  eitherOf,
  isCount,
  kindOf,
  listOf,
  NAME,
  needed,
  oneOf,
  type RulesOf,
  recordOf,
  ruleThat,
  SYNC_FUNCTION,
} from '../../option-rules.ts'
import type { Edge, EdgeCondition, EdgeOptions, Graph } from './graph.ts'

type PartsOf<K extends EdgeCondition['kind']> = RulesOf<
  Omit<Extract<EdgeCondition, { readonly kind: K }>, 'kind'>
>

const EQUALS = ruleThat('a string, a finite number, true, false or null', (value) => {
  return ['string', 'boolean'].includes(typeof value) || value === null || Number.isFinite(value)
})
const CONDITIONS = {
  contains: { text: needed(NAME) },
  field: { path: needed(NAME), equals: needed(EQUALS) },
  predicate: { test: needed(SYNC_FUNCTION) },
} as const satisfies { readonly [K in EdgeCondition['kind']]: PartsOf<K> }
const CONDITION = kindOf(CONDITIONS)
const WHEN = eitherOf('a string, a function or a condition', (when) => {
  if (typeof when === 'string') return NAME
  if (typeof when === 'function') return SYNC_FUNCTION
  if (typeof when === 'object' && when !== null && 'kind' in when) return CONDITION
  return NO_CONDITION
})
const NO_CONDITION = ruleThat(
  `a string, a function, or a condition of the kind ${oneOf(...Object.keys(CONDITIONS)).must}`,
  () => false,
)
const CAP = ruleThat('a cap: a positive whole number', isCount)
const ACTIVATION = oneOf('all', 'any')

export const NODE_OPTIONS = { activation: ACTIVATION }
export const EDGE_OPTIONS: RulesOf<EdgeOptions> = {
  when: WHEN,
  group: NAME,
  activation: ACTIVATION,
  most: CAP,
}

const EDGE: RulesOf<Edge> = {
  from: needed(NAME),
  to: needed(NAME),
  when: CONDITION,
  group: needed(NAME),
  activation: needed(ACTIVATION),
  most: CAP,
}
/** The rule for the result of `build`. */
export const GRAPH = recordOf<Graph>(
  {
    nodes: needed(listOf(NAME)),
    edges: needed(listOf(recordOf(EDGE))),
    entries: needed(listOf(NAME)),
  },
  'what graph()…build() gives',
)
