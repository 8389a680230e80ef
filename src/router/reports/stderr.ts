/**
 * Lines of heddle's own on stderr.
 *
 * Invariant: nothing here throws or ends the process, whatever state stderr is in: a pipe without a
 * reader, a full disk.
 */
import { systemClock } from '../../clock.ts'
import type { Line } from './error-line.ts'

let underWay = 0

/** Writes one line, in order with what else is written to `process.stderr`. */
export function writeLine(line: Line): void {
  try {
    // A failed write also emits an error event, which would be uncaught. It is ignored for our
    // lines only.
    if (underWay++ === 0) process.stderr.on('error', ignore)
    process.stderr.write(`${line}\n`, () => systemClock.soon(written))
  } catch {
    written()
  }
}

function written(): void {
  if (--underWay === 0) process.stderr.off('error', ignore)
}

function ignore(): void {}

const last = new Set<() => void>()

/** Calls `run` when the process exits. The returned function cancels that. */
export function atExit(run: () => void): () => void {
  if (last.size === 0) process.on('exit', runLast)
  last.add(run)
  return () => {
    last.delete(run)
    if (last.size === 0) process.off('exit', runLast)
  }
}

function runLast(): void {
  for (const run of last) run()
}
