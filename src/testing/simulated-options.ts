/** What the options of a simulated runtime must be. */
import { checkOptions, checkValues } from '../option-check.ts'
import {
  COUNT,
  listOf,
  NUMBER,
  needed,
  oneOf,
  type RulesOf,
  recordOf,
  ruleThat,
  WHOLE,
} from '../option-rules.ts'
import { RUNTIME_OPTIONS, type RuntimeOptions } from '../runtime/options.ts'
import type { Chance, SimulatedOptions, StuckLane } from './simulated-runtime.ts'

const { clock: _, ...SHARED } = RUNTIME_OPTIONS
const CHANCE: RulesOf<Chance> = {
  probability: needed(ruleThat('a number from 0 to 1', (share) => isFrom0(share) && share <= 1)),
  most: needed(ruleThat('a number, 0 or more', isFrom0)),
}
const HARM = recordOf<Chance>(CHANCE)
const STUCK: RulesOf<StuckLane> = {
  ...{ lane: needed(WHOLE), generation: WHOLE, at: needed(oneOf('start', 'load', 'close')) },
}
const OWN: RulesOf<Omit<SimulatedOptions, keyof RuntimeOptions>> = {
  ...{ seed: NUMBER, lanes: COUNT, kills: HARM, failures: HARM, fills: HARM },
  ...{ outside: oneOf('refuse', 'report'), stuck: listOf(recordOf<StuckLane>(STUCK)) },
}
const KNOWN = Object.keys({ ...SHARED, ...OWN })

function isFrom0(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** Throws HEDDLE_INVALID_OPTION. What every runtime takes is checked by its start. */
export function checkSimulated(given: SimulatedOptions): SimulatedOptions {
  const options = checkOptions(given, KNOWN)
  for (const harm of ['kills', 'failures', 'fills'] as const) {
    const chance = options[harm]
    if (chance !== undefined) checkOptions(chance, Object.keys(CHANCE), harm)
  }
  checkValues(options, OWN)
  return options
}
