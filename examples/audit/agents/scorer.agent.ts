import { defineAgent, keyed } from 'heddle'
import { type FileOutcome, scorePackage } from '../score.ts'
import { FilesMeasured, PackageListed, PackageScored } from './messages.ts'

/** Collects the outcomes of a package's files, and scores the package when all have come. */
export const scorer = defineAgent(import.meta.url, {
  type: 'scorer',
  // Keyed by number: two names that are not UTF-8 can look the same.
  state: { expected: -1, outcomes: keyed<FileOutcome>() },
  handlers: (on) => [
    on(PackageListed, ({ outcomes }, { state }) => {
      state.expected = outcomes
    }),
    on(FilesMeasured, ({ outcomes }, turn) => {
      const { state } = turn
      for (const outcome of outcomes) state.outcomes.set(`${state.outcomes.size}`, outcome)
      if (state.outcomes.size !== state.expected) return
      const all = [...state.outcomes.entries()].map(([, outcome]) => outcome)
      turn.publish(PackageScored(scorePackage(turn.key, all)))
    }),
  ],
})
