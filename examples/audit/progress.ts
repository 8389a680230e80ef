import { printable } from '../../command-line/printable.ts'
import { drawsBars, type ProgressStream, progressBar } from '../../command-line/progress-bar.ts'

export interface Progress {
  /** Adds `done` to the progress and shows `what` beside the bar. */
  step(done: number, what: string): void
  stop(): void
}

/**
 * Draws a bar on a terminal. Elsewhere it writes a plain line for every tenth, which suits a log.
 */
export function startProgress(
  title: string,
  total: number,
  stream: ProgressStream = process.stderr,
): Progress {
  return drawsBars(stream) ? bar(title, total, stream) : lines(title, total, stream)
}

function bar(title: string, total: number, stream: ProgressStream): Progress {
  const shown = progressBar('{title} {percentage} % {value}/{total} {bar} {what}', stream)
  shown.start(total, 0, { title, what: '' })
  return {
    step: (done, what) => shown.increment(done, { what: printable(what) }),
    stop: () => shown.stop(),
  }
}

function lines(title: string, total: number, stream: ProgressStream): Progress {
  let done = 0
  let told = 0
  return {
    step(more) {
      done += more
      const tenth = Math.floor((done / total) * 10)
      if (tenth <= told) return
      told = tenth
      stream.write(`${title}: ${tenth * 10} % (${done}/${total})\n`)
    },
    stop() {},
  }
}
