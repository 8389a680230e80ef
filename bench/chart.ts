/**
 * Draws the report of a bench: `npm run chart`, from docs/figures/bench.json to
 * docs/figures/bench.svg.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { installPackages } from '../command-line/package-folder.ts'
import { runProgram } from '../command-line/program.ts'
import { type DrawBars, panelsOf } from './chart-panels.ts'
import type { Report } from './question.ts'

const FROM = new URL('../docs/figures/bench.json', import.meta.url)
const TO = new URL('../docs/figures/bench.svg', import.meta.url)
const CHARTS = new URL('../charts/', import.meta.url)

const spec = {
  command: 'npm run chart --',
  about: 'Draws docs/figures/bench.json, the report of a bench, to docs/figures/bench.svg.',
  options: {},
}

await runProgram(spec, async (_command, signal) => {
  const report = JSON.parse(readFileSync(FROM, 'utf8')) as Report
  const panels = panelsOf(report)
  if (panels.length === 0) throw new Error(`${FROM.pathname} has no figures that the chart shows`)
  await installPackages(CHARTS, signal)
  const { draw }: { draw: DrawBars } = await import(new URL('bars.ts', CHARTS).href)
  writeFileSync(TO, `${draw(panels, report)}\n`)
  return 0
})
