/**
 * Draws one second of a real run: the audit's agents, on the packages in node_modules. Each lane is
 * a row, each turn a bar, and each key has a colour. Writes docs/figures/swimlane.svg.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { closureAgent, type InspectRecord, ThreadedRuntime } from 'heddle'
import { installPackages } from '../command-line/package-folder.ts'
import { runProgram } from '../command-line/program.ts'
import { matcher } from '../examples/audit/agents/matcher.agent.ts'
import { PackageFound, PackageScored } from '../examples/audit/agents/messages.ts'
import { parser } from '../examples/audit/agents/parser.agent.ts'
import { reader } from '../examples/audit/agents/reader.agent.ts'
import { scorer } from '../examples/audit/agents/scorer.agent.ts'
import { findPackages } from '../examples/audit/find-packages.ts'
import { atOnce } from '../examples/audit/steps.ts'

/** One turn. */
export interface Bar {
  readonly key: string
  /** In milliseconds from the start of the window. */
  readonly from: number
  readonly to: number
}

/** What charts/lanes.ts exports as `draw`: one row for each lane. Returns an SVG. */
export type DrawLanes = (rows: readonly Bar[][], lengthMs: number) => string

const FIGURE = new URL('../docs/figures/swimlane.svg', import.meta.url)
const CHARTS = new URL('../charts/', import.meta.url)
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))
const lanes = [0, 1]
const LENGTH_MS = 1_000
const STEP_MS = 50
const VISIBLE_MS = 5

type Turn = Extract<InspectRecord, { kind: 'turn' }> & { begunAt: number; endedAt: number }

const spec = {
  command: 'npm run swimlane --',
  about: 'Draws one second of the audit of node_modules to docs/figures/swimlane.svg.',
  options: {},
}

await runProgram(spec, async (_command, signal) => {
  await installPackages(CHARTS, signal)
  const { draw }: { draw: DrawLanes } = await import(new URL('lanes.ts', CHARTS).href)
  const turns = await recordTurns()
  const start = bestStart(turns)
  const rows = lanes.map((lane) => barsOf(lane, turns, start))
  mkdirSync(new URL('.', FIGURE), { recursive: true })
  writeFileSync(FIGURE, draw(rows, LENGTH_MS))
  return 0
})

/**
 * Records all turns except those that wait for files: many of these run at once, and would cover
 * the others.
 */
async function recordTurns(): Promise<Turn[]> {
  const gatherer = closureAgent({
    type: 'gatherer',
    handlers: (on) => [on(PackageScored, () => {})],
  })
  const agents = [reader, parser, scorer, matcher, gatherer]
  const runtime = await ThreadedRuntime.start({ lanes: lanes.length, agents })
  const turns: Turn[] = []
  runtime.inspect((record) => {
    if (record.kind === 'turn' && record.begunAt !== undefined) turns.push(record as Turn)
  })
  for (const found of atOnce(findPackages(MODULES)).packages) {
    await runtime.publish(PackageFound(found), { type: 'packages', source: found.name })
  }
  await runtime.idle()
  await runtime.stop()
  return turns.filter(({ agent }) => agent !== reader.type)
}

/**
 * The start of the second that shows the most, in which every lane works for many keys. In other
 * seconds the audit works on one large file, or on one lane only, when no package is left for the
 * other.
 */
function bestStart(turns: readonly Turn[]): number {
  const first = Math.min(...turns.map(({ begunAt }) => begunAt))
  const last = Math.max(...turns.map(({ endedAt }) => endedAt))
  let best = { start: first, keys: 0 }
  for (let start = first; start + LENGTH_MS <= last; start += STEP_MS) {
    const keys = Math.min(...lanes.map((lane) => keysAtWork(barsOf(lane, turns, start))))
    if (keys > best.keys) best = { start, keys }
  }
  return best.start
}

/** How many keys have a visible bar. */
function keysAtWork(bars: readonly Bar[]): number {
  return new Set(bars.filter(({ from, to }) => to - from >= VISIBLE_MS).map(({ key }) => key)).size
}

function barsOf(lane: number, turns: readonly Turn[], start: number): Bar[] {
  const end = start + LENGTH_MS
  return turns
    .filter((turn) => turn.lane === lane && turn.begunAt < end && turn.endedAt > start)
    .map(({ key, begunAt, endedAt }) => ({
      key,
      from: Math.max(begunAt - start, 0),
      to: Math.min(endedAt - start, LENGTH_MS),
    }))
}
