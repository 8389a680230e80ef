import { defineAgent, keyed } from 'heddle'
import { duplicatesIn } from '../shard-duplicates.ts'
import type { Slice } from '../slices.ts'
import { FindDuplicates, SliceFound } from './messages.ts'

/**
 * Keeps the fingerprints of one shard for all packages, and finds what packages share. Its key is
 * the shard.
 */
export const matcher = defineAgent(import.meta.url, {
  type: 'matcher',
  subscriptions: [{ topic: 'slices' }],
  state: { slices: keyed<Slice>() },
  handlers: (on) => [
    on(SliceFound, (slice, { state }) => {
      state.slices.set(`${slice.package}\0${slice.paths[0]}`, slice)
    }),
    on(FindDuplicates, (_, { state }) =>
      duplicatesIn([...state.slices.entries()].map(([, slice]) => slice)),
    ),
  ],
})
