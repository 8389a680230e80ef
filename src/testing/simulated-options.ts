/** The options of a simulated runtime, and their check. */
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
import type { Chance } from './harm.ts'
import type { StuckLane } from './simulated-lane.ts'

const { clock: _, ...SHARED } = RUNTIME_OPTIONS
const CHANCE: RulesOf<Chance> = {
  probability: needed(ruleThat('a number from 0 to 1', (share) => isFrom0(share) && share <= 1)),
  most: needed(ruleThat('a number, 0 or more', isFrom0)),
}
const HARM = recordOf<Chance>(CHANCE)
const STUCK: RulesOf<StuckLane> = {
  lane: needed(WHOLE),
  generation: WHOLE,
  at: needed(oneOf('start', 'load', 'close')),
}
const OWN: RulesOf<Omit<SimulatedOptions, keyof RuntimeOptions>> = {
  seed: NUMBER,
  lanes: COUNT,
  kills: HARM,
  failures: HARM,
  fills: HARM,
  outside: oneOf('refuse', 'report'),
  stuck: listOf(recordOf<StuckLane>(STUCK)),
}
const KNOWN = Object.keys({ ...SHARED, ...OWN })

function isFrom0(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** Throws HEDDLE_INVALID_OPTION. The options of every runtime are checked when it starts. */
export function checkSimulated(given: SimulatedOptions): SimulatedOptions {
  const options = checkOptions(given, KNOWN)
  for (const harm of ['kills', 'failures', 'fills'] as const) {
    const chance = options[harm]
    if (chance !== undefined) checkOptions(chance, Object.keys(CHANCE), harm)
  }
  checkValues(options, OWN)
  return options
}

/** The options of `startSimulated`. */
export interface SimulatedOptions extends Omit<RuntimeOptions, 'clock' | 'report'> {
  /** Default 1. The same seed and the same calls give the same run. */
  readonly seed?: number
  /** Default 2. */
  readonly lanes?: number
  /** Default `off`, since failures are intended here. Otherwise as on every runtime. */
  readonly report?: RuntimeOptions['report']
  /** Ends lanes: at each kill point with this probability, `most` times in all. Default: never. */
  readonly kills?: Chance
  /**
   * Makes turns fail with HEDDLE_INJECTED: with this probability before a handler runs, and again
   * after it has ended well, `most` times in all. Default: never.
   */
  readonly failures?: Chance
  /**
   * Fills the heaps of lanes, so that they are drained and renewed: with this probability at each
   * record that a lane gets. Default: never.
   */
  readonly fills?: Chance
  /**
   * What happens to a turn that awaits what no seed can repeat: a real timer, a file, a network.
   * `refuse` (the default): it fails with HEDDLE_OUTSIDE_AWAIT. `report`: it goes on, and is listed
   * in `simulation.outside`. A turn that has read its `signal` may wait for it.
   */
  readonly outside?: 'refuse' | 'report'
  /**
   * Lanes that stop answering at some point, like a thread that never returns to its event loop.
   * Default: none.
   */
  readonly stuck?: readonly StuckLane[]
}
