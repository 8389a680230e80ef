/** The form of every question, and of its answer in the JSON. */
import type { Spread } from './spread.ts'

export interface Goal {
  readonly kind: 'at least' | 'at most'
  readonly value: number
}

export interface Setting {
  /** How many rounds count. One more comes before them, to warm up. */
  readonly rounds: number
  readonly size: Size
  /** Reports progress. */
  readonly tell: (line: string) => void
}

export type Size = 'full' | 'quick'

export interface Question {
  /** In camelCase, as in the JSON. */
  readonly name: string
  readonly asks: string
  /** Goals by the name of their ratio or figure. */
  readonly goals: Readonly<Record<string, Goal>>
  /** Folders of packages that it needs. They are installed before it is asked. */
  readonly packages?: readonly URL[]
  /** Starts everything that it needs, and has ended all of it when the promise settles. */
  readonly answer: (setting: Setting) => Promise<Findings>
}

export interface Findings {
  /** Absolute figures, with the unit at the end of the name. */
  readonly figures: Readonly<Record<string, Spread>>
  readonly ratios: Readonly<Record<string, Spread>>
}

/** The medians, with the least and the greatest of the rounds. */
export interface Answer {
  readonly figures: Readonly<Record<string, number>>
  readonly ratios: Readonly<Record<string, number>>
  readonly ranges: Readonly<Record<string, readonly [min: number, max: number]>>
}

export interface Report {
  readonly node: string
  readonly cores: number
  readonly questions: Readonly<Record<string, Answer>>
}

export function answerOf({ figures, ratios }: Findings): Answer {
  const medians = (spreads: Findings['figures']) =>
    Object.fromEntries(Object.entries(spreads).map(([name, { median }]) => [name, short(median)]))
  const ranges = Object.entries({ ...figures, ...ratios }).map(([name, { min, max }]) => {
    return [name, [short(min), short(max)] as const] as const
  })
  return { figures: medians(figures), ratios: medians(ratios), ranges: Object.fromEntries(ranges) }
}

export function isMet({ kind, value }: Goal, found: number): boolean {
  return kind === 'at least' ? found >= value : found <= value
}

/** Four digits: the rest is noise. */
function short(value: number): number {
  return Number(value.toPrecision(4))
}
