/**
 * Reports trouble that nobody listens for, in lines for people.
 *
 * Owns: the rates and their timer.
 * Does not own: what counts as trouble (trouble), where lines go. Invariants (D10): each trouble
 * has its own report or is counted in one; while nothing goes wrong, nothing runs; the process is
 * not kept alive; what is only counted so far is reported when the runtime stops or the process
 * exits.
 */
import { afterUnheld } from '../../clock.ts'
import type { DeadLetter } from './dead-letters.ts'
import { asWritten, line, named } from './error-line.ts'
import type { InspectRecord, LogRecord } from './inspect-record.ts'
import type { TroubleReporter } from './inspection.ts'
import { neverThrowing, tellSafely } from './listeners.ts'
import { ReportRates } from './report-rates.ts'
import { atExit, writeLine } from './stderr.ts'
import { type Trouble, troublesOf } from './trouble.ts'

/** One line about something that went wrong. */
export interface Report {
  readonly level: 'warn' | 'error'
  /**
   * One line: what happened, the agent and its key, the message, the error with its code. It is for
   * people, and its wording may change.
   */
  readonly text: string
  /** `type/key`; undefined when it is not about an agent. */
  readonly agent: string | undefined
  readonly messageId: string | undefined
  /** How many more troubles like it this report stands for; they have no report of their own. */
  readonly more: number
  /** The record that it is about, as `inspect` gives it. */
  readonly record: InspectRecord
}

/** Where reports go, and whether they go there while somebody inspects. */
export interface ReportSink {
  readonly mode: TroubleReporter['mode']
  readonly send: (report: Report) => void
}

interface Item {
  readonly trouble: Trouble
  readonly record: InspectRecord
}

export class Reporter implements TroubleReporter {
  readonly mode: TroubleReporter['mode']
  readonly #send: (report: Report) => void
  readonly #whyNobody: (letter: DeadLetter) => string
  readonly #later: (ms: number, run: () => void) => () => void
  readonly #rates = new ReportRates<Item>()
  #stopWaiting: (() => void) | undefined

  /**
   * `later` calls a function once after some milliseconds; the function that it returns cancels
   * that.
   */
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
      const item = { trouble, record }
      if (this.#rates.admit(trouble.sort, item)) this.#report(item, 0)
      this.#wait()
    }
  }

  /** Reports the trouble that was only counted so far. */
  flush(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    neverThrowing('a report of trouble', () => {
      for (const { last, more } of this.#rates.tick()) this.#report(last, more)
    })
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

  #report({ trouble, record }: Item, more: number): void {
    const { level, agent, messageId } = trouble
    const others = more === 0 ? line`` : line`; and ${named(figure.format(more))} more like it`
    const text = line`${trouble.say()}${others}`
    tellSafely('report', this.#send, { level, text, agent, messageId, more, record })
  }
}

const figure = new Intl.NumberFormat('en')

/** Writes a report as a line on stderr. */
export function reportToStderr({ level, text }: Report): void {
  writeLine(line`${named(level)} heddle: ${asWritten(text)}`)
}

/** Gives a report to the logger of a runtime's turns, as a log record. */
export function reportToLog(log: (record: LogRecord) => void): (report: Report) => void {
  return ({ level, text, agent = 'heddle', messageId = '' }) =>
    tellSafely('log', log, { kind: 'logged', level, text, fields: undefined, agent, messageId })
}
