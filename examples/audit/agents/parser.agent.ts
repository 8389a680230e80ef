import { defineAgent } from 'heddle'
import { type FileFigures, type MeasuredFile, measureFile } from '../measure.ts'
import { slicesOf } from '../slices.ts'
import { FilesMeasured, SliceFound, SourceChunk } from './messages.ts'

/** Parses files and measures them: the CPU-heavy part. */
export const parser = defineAgent(import.meta.url, {
  type: 'parser',
  handlers: (on) => [
    on(SourceChunk, ({ files }, turn) => {
      const outcomes = files.map(({ path, text, bytes }) => {
        turn.throwIfCancelled()
        return measureFile(path, text, bytes)
      })
      const measured = outcomes.filter((outcome) => outcome.kind === 'measured')
      turn.publish(
        FilesMeasured({
          outcomes: outcomes.map((outcome) =>
            outcome.kind === 'measured' ? figuresOf(outcome) : outcome,
          ),
        }),
      )
      for (const slice of slicesOf(turn.key, measured)) {
        turn.publish(SliceFound(slice), `slices/${slice.shard}`)
      }
    }),
  ],
})

function figuresOf({ fingerprints: _, ...figures }: MeasuredFile): FileFigures {
  return figures
}
