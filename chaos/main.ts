/**
 * Hurts a runtime on real threads for a while, and judges what came of it from what its handlers wrote.
 * `npm run chaos -- [--seconds S] [--seed N] [--json FILE]`: 30 seconds, seed 1 by default.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { chaos } from './chaos.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})
const seconds = numberOf('seconds', values.seconds)
const seed = numberOf('seed', values.seed)
const bar = new SingleBar({
  format: '{bar} {value} of {total} s, {accepted} accepted, {deaths} deaths',
  noTTYOutput: false,
})
bar.start(seconds, 0, { accepted: 0, deaths: 0 })
const { report, problems } = await chaos({
  seconds,
  seed,
  progress: (second, payload) => bar.update(Math.min(second, seconds), payload),
})
bar.stop()
console.log(JSON.stringify(report, undefined, 2))
for (const problem of problems) console.error(problem)
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
}
process.exitCode = problems.length === 0 ? 0 : 1

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${name} is ${text}, and must be a positive whole number`)
}
