/** Measures how late a program is, from another process, which nothing blocks. */
import type { ChildProcess } from 'node:child_process'
import { BEAT_MS, TALKERS, WORD_MS } from './load.ts'
import type { Told } from './program.ts'

export interface Watched {
  /** The 99th percentiles, in milliseconds beyond what was due. */
  readonly beats: number
  readonly gaps: number
  readonly answers: number
  /** A line for each tool that has ended. */
  readonly tools: readonly string[]
  readonly seconds: number
}

export class Watch {
  readonly started: Promise<void>
  readonly #beats: number[] = []
  readonly #gaps: number[] = []
  readonly #tools: string[] = []
  #answers = 0
  #began = 0
  #heard = 0

  constructor(program: ChildProcess) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.started = promise
    program.on('message', (told: Told) => {
      if (told.kind === 'started') {
        this.#began = this.#heard = performance.now()
        resolve()
      } else this.#take(told)
    })
    program.once('exit', () => reject(new Error('the program did not start')))
  }

  /** Resolves when there was no heartbeat for `ms` milliseconds. */
  silentFor(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (performance.now() - this.#heard >= ms) resolve()
      }, 100)
      signal.addEventListener('abort', () => clearInterval(timer))
    })
  }

  /**
   * If the program is stuck, its silence counts as one late heartbeat, and one late word per
   * talker.
   */
  end(isStuck: boolean): Watched {
    const silence = performance.now() - this.#heard
    if (isStuck) {
      this.#beats.push(silence - BEAT_MS)
      for (let talker = 0; talker < TALKERS; talker++) this.#gaps.push(silence - WORD_MS)
    }
    return {
      beats: percentile(this.#beats),
      gaps: percentile(this.#gaps),
      answers: this.#answers,
      tools: this.#tools,
      seconds: (performance.now() - this.#began) / 1_000,
    }
  }

  #take(told: Told): void {
    const now = performance.now()
    if (told.kind === 'answer') this.#answers++
    else if (told.kind === 'tool') {
      this.#tools.push(`${told.name}: ${told.text.split(';')[0]}`)
    } else if (told.kind === 'beat') {
      this.#beats.push(now - this.#heard - BEAT_MS)
      for (const gap of told.gaps) this.#gaps.push(gap - WORD_MS)
      this.#heard = now
    }
  }
}

function percentile(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0
}
