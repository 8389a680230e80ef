/** What every question is, and what its answer looks like in the JSON. */
import type { Spread } from './spread.ts'

export interface Goal {
  readonly kind: 'at least' | 'at most'
  readonly value: number
}

export interface Setting {
  /** Rounds that count; one more comes before them, to warm up. */
  readonly rounds: number
  readonly size: Size
  /** Tells whoever waits how far it is. */
  readonly tell: (line: string) => void
}

export type Size = 'full' | 'quick'

export interface Question {
  /** In camelCase, as in the JSON. */
  readonly name: string
  readonly asks: string
  /** By the name of the ratio or figure that each is for. */
  readonly goals: Readonly<Record<string, Goal>>
  /** Starts all that it needs, and has ended it when it resolves or rejects. */
  readonly answer: (setting: Setting) => Promise<Findings>
}

export interface Findings {
  /** Absolute, with the unit at the end of the name. */
  readonly figures: Readonly<Record<string, Spread>>
  readonly ratios: Readonly<Record<string, Spread>>
}

/** The medians, with the least and the greatest of the rounds beside them. */
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
