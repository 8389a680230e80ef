/**
 * `npm run simulate -- [--seeds N] [--from S]`: plays N seeds (1,000 by default) from S on, on simulated lanes, and prints what was done. A
 * seed that fails is printed with the smallest plan that still fails, its history, and the command that plays it again.
 */
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { type Failure, noTotals, simulate } from './simulate.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
})
const seeds = numberOf('seeds', values.seeds)
const from = numberOf('from', values.from)
const totals = noTotals()
const failures: Failure[] = []
const began = performance.now()
const bar = new SingleBar({ format: '{bar} {value} of {total} seeds, {steps} steps' })
bar.start(seeds, 0, { steps: 0 })
for (let seed = from; seed < from + seeds && failures.length < 3; seed++) {
  const failure = await simulate(seed, totals)
  if (failure !== undefined) failures.push(failure)
  bar.update(totals.seeds, { steps: totals.steps })
}
bar.stop()
const seconds = (performance.now() - began) / 1_000
const kills = Object.entries(totals.kills).map(([point, times]) => `${times} ${point}`)
console.log(
  `${totals.steps} steps, ${totals.seeds} seeds from ${from}, ${totals.plans} plans, ${totals.deliveries} deliveries`,
)
console.log(
  `lanes ended: ${kills.join(', ')}; renewed: ${totals.fills}; keys taken back: ${totals.recalls}; handlers made to fail: ${totals.failures}`,
)
console.log(`${Math.round(totals.steps / seconds)} steps a second`)
for (const { seed, problem, plan, conditions, history } of failures) {
  console.error(`\nseed ${seed} fails: ${problem}`)
  console.error(`again: npm run simulate -- --seeds 1 --from ${seed}`)
  console.error(`plan: ${JSON.stringify(plan)}\nunder: ${JSON.stringify(conditions)}\nhistory:`)
  for (const event of history) console.error(`  ${JSON.stringify(event)}`)
}
process.exitCode = failures.length === 0 ? 0 : 1

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${name} is ${text}, and must be a positive whole number`)
}
