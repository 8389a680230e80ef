import { Presets, SingleBar } from 'cli-progress'

/** The part of `process.stderr` that a bar needs. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

/** The bar's columns, of 80: enough to see it move. */
const BAR = 20

/** Whether a bar can be drawn on the stream. */
export function drawsBars(stream: ProgressStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/**
 * A bar on a terminal, and nothing elsewhere. It changes no setting of the terminal, so that none
 * stays changed, however the program ends: the cursor stays visible, and lines still wrap, so the
 * bar is cut to the terminal's width.
 */
export function progressBar(format: string, stream: ProgressStream = process.stderr): SingleBar {
  return new SingleBar(
    { format, stream, barsize: BAR, hideCursor: false, linewrap: true, noTTYOutput: false },
    Presets.shades_classic,
  )
}
