/**
 * `npm run simulate -- [--seeds N] [--from S]`: plays N seeds (1,000 by default), from seed S on,
 * on simulated lanes, and prints counts of what happened. For a seed that fails, it prints the
 * smallest plan that still fails, its history, and the command that plays it again.
 */
import { complain, print, runProgram } from '../command-line/program.ts'
import { progressBar } from '../command-line/progress-bar.ts'
import { type Failure, noTotals, simulate } from './simulate.ts'

const MOST = 1_000_000_000
const SPEC = {
  command: 'npm run simulate --',
  about:
    'Plays seeds on simulated lanes and prints counts. For a seed that fails it prints the plan.',
  options: {
    seeds: { kind: 'count', help: 'how many seeds', least: 1, most: MOST, default: 1_000 },
    from: { kind: 'count', help: 'the first seed', least: 1, most: MOST, default: 1 },
  },
} as const

await runProgram(SPEC, async ({ values: { seeds, from } }, signal) => {
  const totals = noTotals()
  const failures: Failure[] = []
  const began = performance.now()
  const bar = progressBar('{bar} {value} of {total} seeds, {steps} steps')
  bar.start(seeds, 0, { steps: 0 })
  try {
    for (let seed = from; seed < from + seeds && failures.length < 3; seed++) {
      const failure = await simulate(seed, totals)
      if (failure !== undefined) failures.push(failure)
      bar.update(totals.seeds, { steps: totals.steps })
      // Without this pause the event loop would never get to deliver a signal.
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
    }
  } finally {
    bar.stop()
  }
  const seconds = (performance.now() - began) / 1_000
  const kills = Object.entries(totals.kills).map(([point, times]) => `${times} ${point}`)
  print(
    `${totals.steps} steps, ${totals.seeds} seeds from ${from}, ${totals.plans} plans, ${totals.deliveries} deliveries`,
  )
  print(
    `lanes ended: ${kills.join(', ')}; renewed: ${totals.fills}; keys taken back: ${totals.recalls}; failures injected: ${totals.failures}`,
  )
  print(`${Math.round(totals.steps / seconds)} steps a second`)
  for (const { seed, problem, plan, conditions, history } of failures) {
    complain(`\nseed ${seed} fails: ${problem}`)
    complain(`to repeat: npm run simulate -- --seeds 1 --from ${seed}`)
    complain(`plan: ${JSON.stringify(plan)}\nunder: ${JSON.stringify(conditions)}\nhistory:`)
    for (const event of history) complain(`  ${JSON.stringify(event)}`)
  }
  return failures.length === 0 ? 0 : 1
})
