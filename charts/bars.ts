/** Bars in panels, one below the other. */
import { type EChartsOption, init } from 'echarts'
import type { DrawBars, Panel, Side } from '../bench/chart-panels.ts'
import type { Report } from '../bench/question.ts'

const WIDTH = 860
const MARGIN = 24
const HEAD = 60
const TITLE = 34
const BAR = 26
const LABELS = 230
/** Dark text on an opaque background, since pages may be light or dark. */
const BACKGROUND = '#ffffff'
const TEXT = '#1f2933'
const COLOURS: Readonly<Record<Side, string>> = {
  'heddle, threads': '#2563eb',
  'heddle, one thread': '#93b4f5',
  rival: '#9aa5b1',
}

export const draw: DrawBars = (panels, report) => {
  const height = bottomOf(panels)
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption(optionOf(panels, report))
  const svg = chart.renderToSVGString()
  chart.dispose() // its animation would keep the process alive
  return svg
}

function optionOf(panels: readonly Panel[], { node, cores }: Report): EChartsOption {
  const tops = panels.map((_, index) => bottomOf(panels.slice(0, index)) + TITLE)
  return {
    animation: false,
    backgroundColor: BACKGROUND,
    textStyle: { color: TEXT, fontFamily: 'sans-serif' },
    legend: {
      top: 16,
      left: MARGIN,
      selectedMode: false,
      itemGap: 36,
      textStyle: { color: TEXT, fontSize: 13 },
    },
    title: [
      ...panels.map(({ title }, index) => ({
        text: title,
        left: MARGIN,
        top: (tops[index] as number) - TITLE + 6,
        textStyle: { color: TEXT, fontSize: 14 },
      })),
      {
        text: `Node ${node}, ${cores} cores`,
        right: MARGIN,
        top: 16,
        textStyle: { color: TEXT, fontSize: 12, fontWeight: 'normal' as const },
      },
    ],
    grid: panels.map(({ bars }, index) => {
      const top = tops[index] as number
      return { left: LABELS, right: MARGIN + 70, top, height: bars.length * BAR }
    }),
    xAxis: panels.map((_, index) => ({ type: 'value' as const, gridIndex: index, show: false })),
    yAxis: panels.map(({ bars }, index) => ({
      type: 'category' as const,
      gridIndex: index,
      inverse: true,
      data: bars.map(({ label }) => label),
      axisLabel: { color: TEXT, fontSize: 12, interval: 0 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: '#cbd2d9' } },
    })),
    series: panels.flatMap((panel, index) => seriesOf(panel, index)),
  }
}

/**
 * One series for each side, so that the legend names it. They are stacked, since each bar belongs
 * to only one side.
 */
function seriesOf({ bars }: Panel, index: number) {
  return Object.entries(COLOURS).map(([side, color]) => ({
    type: 'bar' as const,
    name: side,
    stack: `panel ${index}`,
    xAxisIndex: index,
    yAxisIndex: index,
    barWidth: BAR - 10,
    itemStyle: { color },
    label: {
      show: true,
      position: 'right' as const,
      color: TEXT,
      fontSize: 12,
      formatter: ({ value }: { value?: unknown }) => {
        return typeof value === 'number' ? readable(value) : ''
      },
    },
    data: bars.map((bar) => (bar.side === side ? bar.value : null)),
  }))
}

/** Where the panels end, from the top. */
function bottomOf(panels: readonly Panel[]): number {
  return panels.reduce((top, { bars }) => top + TITLE + bars.length * BAR + MARGIN, HEAD)
}

function readable(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-GB')
}
