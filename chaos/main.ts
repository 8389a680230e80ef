/**
 * Hurts a runtime on real threads for a while, and judges the outcome from what its handlers wrote.
 * `npm run chaos -- [--seconds S] [--seed N] [--json FILE]`: 30 seconds, seed 1 by default.
 */
import { outputFile } from '../command-line/output-file.ts'
import { complain, print, runProgram } from '../command-line/program.ts'
import { progressBar } from '../command-line/progress-bar.ts'
import { chaos } from './chaos.ts'

const SPEC = {
  command: 'npm run chaos --',
  about: 'Hurts a runtime on real threads for a while, and judges the outcome.',
  options: {
    seconds: { kind: 'count', help: 'how long to run', least: 1, most: 1_000_000, default: 30 },
    seed: {
      kind: 'count',
      help: 'the seed of all random choices',
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      default: 1,
    },
    json: { kind: 'text', value: 'FILE', help: 'a file for the report, besides stdout' },
  },
} as const

await runProgram(SPEC, async ({ values: { seconds, seed, json } }, signal) => {
  const file = json && (await outputFile('--json', json))
  const bar = progressBar('{bar} {value} of {total} s, {accepted} accepted, {deaths} deaths')
  const stopBar = () => bar.stop()
  signal.addEventListener('abort', stopBar, { once: true })
  bar.start(seconds, 0, { accepted: 0, deaths: 0 })
  try {
    const { report, problems } = await chaos({
      seconds,
      seed,
      signal,
      progress: (second, payload) => bar.update(Math.min(second, seconds), payload),
    })
    bar.stop()
    const text = JSON.stringify(report, undefined, 2)
    print(text)
    for (const problem of problems) complain(problem)
    if (file) await file.write(`${text}\n`, signal)
    return problems.length === 0 ? 0 : 1
  } finally {
    bar.stop()
  }
})
