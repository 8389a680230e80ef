/**
 * Calls the public functions of both runtimes with anything, for a while.
 * `npm run fuzz -- [--seconds S] [--seed N] [--only single|threaded]`: 30 seconds, seed 1 by default.
 */
import { parseArgs } from 'node:util'
import { fuzz, type Place } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const ends = performance.now() + numberOf('seconds', values.seconds) * 1_000
const { only } = values
if (only !== undefined && only !== 'single' && only !== 'threaded') {
  throw new Error(`--only is ${only}, and must be single or threaded`)
}
const places: readonly Place[] = only === undefined ? ['single', 'threaded'] : [only]
const { faults, ...report } = await fuzz({
  seed: numberOf('seed', values.seed),
  places,
  goesOn: (episodes) => episodes < places.length || performance.now() < ends,
})
console.log(JSON.stringify(report, undefined, 2))
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${name} is ${text}, and must be a positive whole number`)
}
