import { Presets, SingleBar } from 'cli-progress'

/** What a bar needs of `process.stderr`. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

/** Of 80 columns, enough for a bar to move in. */
const BAR = 20

/** Whether a bar can be drawn there. */
export function drawsBars(stream: ProgressStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/**
 * A bar on a terminal, and nothing elsewhere. It changes no setting of the terminal (the cursor
 * stays visible, lines go on to wrap, and it is cut to the terminal's width instead), so that none
 * is left changed however the program ends.
 */
export function progressBar(format: string, stream: ProgressStream = process.stderr): SingleBar {
  return new SingleBar(
    { format, stream, barsize: BAR, hideCursor: false, linewrap: true, noTTYOutput: false },
    Presets.shades_classic,
  )
}
