/**
 * Tells trouble that nobody else hears of, in lines for people.
 *
 * Owns: how much of it is told, and the timer for what is only counted. Does not own: what is trouble (trouble), where the lines go.
 * Invariants: nothing that is reported is lost, it is told or counted; while nothing goes wrong, nothing runs; no process is kept
 * alive for it, and what was counted is told when the process or the runtime ends.
 */
import { afterUnheld } from '../clock.ts'
import type { DeadLetter } from './dead-letters.ts'
import {
  type InspectRecord,
  type LogRecord,
  type TroubleReporter,
  tellSafely,
} from './inspection.ts'
import { ReportRates } from './report-rates.ts'
import { atExit, writeLine } from './stderr.ts'
import { type Trouble, troublesOf } from './trouble.ts'

/** One line about something that went wrong. */
export interface Report {
  readonly level: 'warn' | 'error'
  /** One line: what happened, the agent and its key, the message, the error with its code. For people: its words may change. */
  readonly text: string
  /** `type/key`; undefined when it is about no agent. */
  readonly agent: string | undefined
  readonly messageId: string | undefined
  /** How many more like it this report stands for, which no other tells. */
  readonly more: number
  /** What it tells of, as `inspect` has it. */
  readonly record: InspectRecord
}

/** Where reports go, and whether they go there when somebody inspects. */
export interface ReportSink {
  readonly mode: TroubleReporter['mode']
  readonly send: (report: Report) => void
}

interface Told {
  readonly trouble: Trouble
  readonly record: InspectRecord
}

export class Reporter implements TroubleReporter {
  readonly mode: TroubleReporter['mode']
  readonly #send: (report: Report) => void
  readonly #whyNobody: (letter: DeadLetter) => string
  readonly #later: (ms: number, run: () => void) => () => void
  readonly #rates = new ReportRates<Told>()
  #stopWaiting: (() => void) | undefined

  /** `later` calls once after some milliseconds; the function that it returns takes that back. */
  constructor(
    { mode, send }: ReportSink,
    whyNobody: (letter: DeadLetter) => string,
    later: (ms: number, run: () => void) => () => void = afterUnheld,
  ) {
    this.mode = mode
    this.#send = send
    this.#whyNobody = whyNobody
    this.#later = later
  }

  heed(record: InspectRecord): void {
    for (const trouble of troublesOf(record, this.#whyNobody)) {
      const told = { trouble, record }
      if (this.#rates.admit(trouble.sort, told)) this.#tell(told, 0)
      this.#wait()
    }
  }

  /** Tells what was only counted so far. */
  flush(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    for (const { last, more } of this.#rates.tick()) this.#tell(last, more)
  }

  #wait(): void {
    if (this.#stopWaiting !== undefined) return
    const stopTimer = this.#later(1_000, () => {
      this.flush()
      if (this.#rates.isBusy) this.#wait()
    })
    const stopExit = atExit(() => this.flush())
    this.#stopWaiting = () => {
      stopTimer()
      stopExit()
    }
  }

  #tell({ trouble, record }: Told, more: number): void {
    const { level, agent, messageId } = trouble
    const others = more === 0 ? '' : `; and ${figure.format(more)} more like it`
    const text = trouble.say() + others
    tellSafely(this.#send, { level, text, agent, messageId, more, record })
  }
}

const figure = new Intl.NumberFormat('en')

/** A line on stderr. */
export function reportToStderr({ level, text }: Report): void {
  writeLine(`${level} heddle: ${text}`)
}

/** A record for the logger of a runtime's turns. */
export function reportToLog(log: (record: LogRecord) => void): (report: Report) => void {
  return ({ level, text, agent = 'heddle', messageId = '' }) =>
    log({ kind: 'logged', level, text, fields: undefined, agent, messageId })
}
