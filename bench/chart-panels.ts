/** Which figures of a report the chart shows, and with which rivals. */
import type { Report } from './question.ts'

export type Side = 'heddle, threads' | 'heddle, one thread' | 'rival'

export interface Bar {
  readonly label: string
  readonly side: Side
  readonly value: number
}

export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

/** What charts/bars.ts exports as `draw`. Returns an SVG. */
export type DrawBars = (panels: readonly Panel[], report: Report) => string

type Row = readonly [figure: string, label: string, side: Side]

interface Plan {
  readonly question: string
  readonly title: string
  readonly rows: readonly Row[]
}

const PLANS: readonly Plan[] = [
  {
    question: 'throughput',
    title: 'Throughput: small objects settled a second',
    rows: [
      ['rawPlainPerSecond', 'raw workers, batches by hand', 'rival'],
      ['plainPerSecond', 'heddle', 'heddle, threads'],
      ['fullPerSecond', 'heddle, schema and state', 'heddle, threads'],
      ['singlePlainPerSecond', 'heddle, one thread', 'heddle, one thread'],
      ['chunkedPoolPerSecond', 'best pool, chunks of 256', 'rival'],
      ['poolifierPerSecond', 'poolifier', 'rival'],
      ['piscinaPerSecond', 'piscina', 'rival'],
      ['tinypoolPerSecond', 'tinypool', 'rival'],
      ['workerpoolPerSecond', 'workerpool', 'rival'],
    ],
  },
  {
    question: 'relay',
    title: 'Relay: turns a second, in chains of five',
    rows: [
      ['threadedPerSecond', 'heddle', 'heddle, threads'],
      ['singlePerSecond', 'heddle, one thread', 'heddle, one thread'],
      ['poolPerSecond', 'best pool', 'rival'],
    ],
  },
  {
    question: 'request',
    title: 'Request: replies a second, 1,000 in flight',
    rows: [
      ['threadedPerSecond', 'heddle', 'heddle, threads'],
      ['singlePerSecond', 'heddle, one thread', 'heddle, one thread'],
      ['poolPerSecond', 'best pool', 'rival'],
    ],
  },
  {
    question: 'scaling',
    title: 'Scaling: turns of 5 ms a second',
    rows: [
      ['rawWorkersPerSecond', 'raw workers, split by hand', 'rival'],
      ['threadedPerSecond', 'heddle', 'heddle, threads'],
      ['singlePerSecond', 'heddle, one thread', 'heddle, one thread'],
    ],
  },
  {
    question: 'frameworks',
    title: 'Frameworks: turns a second, in conversations of two agents',
    rows: [
      ['heddlePerSecond', 'heddle', 'heddle, threads'],
      ['aiSdkPerSecond', 'AI SDK', 'rival'],
      ['langGraphFunctionalPerSecond', 'LangGraph, functional API', 'rival'],
      ['openaiAgentsPerSecond', 'OpenAI Agents', 'rival'],
      ['langGraphPerSecond', 'LangGraph', 'rival'],
    ],
  },
  {
    question: 'frameworks',
    title: 'Frameworks: the same with 5 ms of computing in each turn',
    rows: [
      ['heddleComputingPerSecond', 'heddle', 'heddle, threads'],
      ['aiSdkComputingPerSecond', 'AI SDK', 'rival'],
      ['langGraphFunctionalComputingPerSecond', 'LangGraph, functional API', 'rival'],
      ['openaiAgentsComputingPerSecond', 'OpenAI Agents', 'rival'],
      ['langGraphComputingPerSecond', 'LangGraph', 'rival'],
    ],
  },
]

/** A panel for each question that the report answers. */
export function panelsOf({ questions }: Report): Panel[] {
  return PLANS.flatMap(({ question, title, rows }) => {
    const figures = questions[question]?.figures
    if (figures === undefined) return []
    const bars = rows.flatMap(([figure, label, side]) => {
      const value = figures[figure]
      return value === undefined ? [] : { label, side, value }
    })
    return bars.length === 0 ? [] : { title, bars }
  })
}
