/** The turns of each lane, side by side in time. */
import { type CustomSeriesOption, init } from 'echarts'
import type { Bar, DrawLanes } from '../scripts/swimlane.ts'

const WIDTH = 960
const GRID = { left: 64, right: 24, top: 78, bottom: 52 }
const BAR = 44
const ROW = 64
const INK = '#424a53'
const FAINT = '#d8dee4'

/**
 * Goes around the colour circle by the golden angle, so that successive keys differ much in colour,
 * and no two keys have the same.
 */
function colourOf(index: number): string {
  return `hsl(${Math.round((index * 137.508) % 360)}, 60%, ${32 + (index % 3) * 7}%)`
}

export const draw: DrawLanes = (rows, lengthMs) => {
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
      text: `The audit on ${rows.length} lanes: ${lengthMs} ms of a run, one bar a turn, one colour a key`,
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
      max: lengthMs,
      name: 'ms',
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: INK },
      axisLabel: { color: INK },
      axisLine: { lineStyle: { color: INK } },
      splitLine: { lineStyle: { color: FAINT } },
    },
    yAxis: { type: 'value', show: false },
    graphic: rows.map((_, lane) => ({
      type: 'text',
      left: 12,
      top: topOf(lane) + BAR / 2 - 6,
      style: { text: `lane ${lane}`, fill: INK, fontSize: 12 },
    })),
    series,
  })
  const svg = chart.renderToSVGString()
  chart.dispose() // its animation would keep the process alive
  return svg
}
