/**
 * Draws one second of a real run: the audit's agents, on the packages in node_modules. Each lane is
 * a row, each turn a bar, and each key has a colour. Writes docs/figures/swimlane.svg.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CustomSeriesOption, init } from 'echarts'
import { closureAgent, type InspectRecord, ThreadedRuntime } from 'heddle'
import { commandOrExit } from '../command-line/program.ts'
import { matcher } from '../examples/audit/agents/matcher.agent.ts'
import { PackageFound, PackageScored } from '../examples/audit/agents/messages.ts'
import { parser } from '../examples/audit/agents/parser.agent.ts'
import { reader } from '../examples/audit/agents/reader.agent.ts'
import { scorer } from '../examples/audit/agents/scorer.agent.ts'
import { findPackages } from '../examples/audit/find-packages.ts'
import { atOnce } from '../examples/audit/steps.ts'

commandOrExit({
  command: 'npm run swimlane --',
  about: 'Draws one second of the audit of node_modules to docs/figures/swimlane.svg.',
  options: {},
})

const FIGURE = new URL('../docs/figures/swimlane.svg', import.meta.url)
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))
const lanes = [0, 1]
const LENGTH_MS = 1_000
const STEP_MS = 50
const VISIBLE_MS = 5

const WIDTH = 960
const GRID = { left: 64, right: 24, top: 78, bottom: 52 }
const BAR = 44
const ROW = 64
const INK = '#424a53'
const FAINT = '#d8dee4'

type Turn = Extract<InspectRecord, { kind: 'turn' }> & { begunAt: number; endedAt: number }

interface Bar {
  readonly key: string
  /** In milliseconds from the start of the window. */
  readonly from: number
  readonly to: number
}

const turns = await recordTurns()
const start = bestStart(turns)
mkdirSync(new URL('.', FIGURE), { recursive: true })
writeFileSync(FIGURE, draw(lanes.map((lane) => barsOf(lane, turns, start))))

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

/**
 * Goes around the colour circle by the golden angle, so that successive keys differ much in colour,
 * and no two keys have the same.
 */
function colourOf(index: number): string {
  return `hsl(${Math.round((index * 137.508) % 360)}, 60%, ${32 + (index % 3) * 7}%)`
}

function draw(rows: readonly Bar[][]): string {
  const keys = [...new Set(rows.flat().map(({ key }) => key))]
  const height = GRID.top + ROW * rows.length + GRID.bottom
  const topOf = (lane: number) => GRID.top + ROW * lane + (ROW - BAR) / 2
  const series = rows.map((bars, lane): CustomSeriesOption => {
    return {
      type: 'custom',
      silent: true,
      data: bars.map(({ from, to }) => [from, to]),
      renderItem: (params, api) => {
        const { key, from, to } = bars[params.dataIndex] as Bar
        const x = api.coord([from, 0])[0] as number
        const width = Math.max((api.coord([to, 0])[0] as number) - x, 1)
        return {
          type: 'rect',
          shape: { x, y: topOf(lane), width, height: BAR },
          style: { fill: colourOf(keys.indexOf(key)) },
          textContent: {
            type: 'text',
            style: { text: width > key.length * 7 ? key : '', fill: '#ffffff', fontSize: 11 },
          },
          textConfig: { position: 'inside' },
        }
      },
    }
  })
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    title: {
      text: `The audit on ${lanes.length} lanes: ${LENGTH_MS} ms of a run, one bar a turn, one colour a key`,
      subtext: 'a key is one package of node_modules; turns that wait for files are left out',
      left: GRID.left,
      top: 10,
      textStyle: { color: INK, fontSize: 16 },
      subtextStyle: { color: INK, fontSize: 12 },
    },
    grid: GRID,
    xAxis: {
      type: 'value',
      min: 0,
      max: LENGTH_MS,
      name: 'ms',
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: INK },
      axisLabel: { color: INK },
      axisLine: { lineStyle: { color: INK } },
      splitLine: { lineStyle: { color: FAINT } },
    },
    yAxis: { type: 'value', show: false },
    graphic: lanes.map((_, lane) => ({
      type: 'text',
      left: 12,
      top: topOf(lane) + BAR / 2 - 6,
      style: { text: `lane ${lane}`, fill: INK, fontSize: 12 },
    })),
    series,
  })
  return chart.renderToSVGString()
}
