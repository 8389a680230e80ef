/**
 * Calls the public functions of both runtimes with any value, for a while.
 * `npm run fuzz -- [--seconds S] [--seed N] [--only single|threaded]`: 30 seconds, seed 1 by
 * default.
 */
import { complain, print, runProgram } from '../command-line/program.ts'
import { fuzz, type Place } from './fuzz.ts'

const PLACES: readonly Place[] = ['single', 'threaded']
const SPEC = {
  command: 'npm run fuzz --',
  about: 'Calls the public functions of both runtimes with any value, for a while.',
  options: {
    seconds: { kind: 'count', help: 'how long to run', least: 1, most: 1_000_000, default: 30 },
    seed: {
      kind: 'count',
      help: 'the seed of the first episode',
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      default: 1,
    },
    only: { kind: 'names', of: PLACES, help: 'only these runtimes' },
  },
} as const

await runProgram(SPEC, async ({ values: { seconds, seed, only } }, signal) => {
  const places = PLACES.filter((place) => only === undefined || only.includes(place))
  const ends = performance.now() + seconds * 1_000
  const { faults, ...report } = await fuzz({
    seed,
    places,
    goesOn: (episodes) => {
      signal.throwIfAborted()
      return episodes < places.length || performance.now() < ends
    },
  })
  print(JSON.stringify(report, undefined, 2))
  for (const fault of faults) complain(fault)
  return faults.length === 0 ? 0 : 1
})
