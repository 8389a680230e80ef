import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** So many more are done; `what` is shown beside the bar. */
  step(done: number, what: string): void
  stop(): void
}

/** What it needs of `process.stderr`. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

/** A bar on a terminal, else a plain line for every tenth, which a log can keep. */
export function startProgress(
  title: string,
  total: number,
  stream: ProgressStream = process.stderr,
): Progress {
  return stream.isTTY === true ? bar(title, total, stream) : lines(title, total, stream)
}

function bar(title: string, total: number, stream: ProgressStream): Progress {
  const format = `${title} {bar} {percentage} % {value}/{total} {what}`
  const shown = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic)
  shown.start(total, 0, { what: '' })
  return {
    step: (done, what) => shown.increment(done, { what }),
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
