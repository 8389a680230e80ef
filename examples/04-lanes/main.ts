/**
 * CPU-bound work on two lanes: books are sealed in parallel, and the entries of one book in order.
 */
import { closureAgent, ThreadedRuntime } from 'heddle'
import { watchOverlaps } from './overlaps.ts'
import { Entry, Sealed, sealer } from './sealer.agent.ts'

const books = new Map<string, string[]>()
const shelf = closureAgent({
  type: 'shelf',
  handlers: (on) => [
    on(Sealed, ({ text, seal }, turn) => {
      books.set(turn.key, [...(books.get(turn.key) ?? []), `${text} ${seal.slice(0, 12)}`])
    }),
  ],
})

const runtime = await ThreadedRuntime.start({
  lanes: 2, // default: one per core
  agents: [sealer.with({ zeros: 4 }), shelf],
})
const overlaps = watchOverlaps(runtime, 'sealer')
try {
  for (const text of ['one', 'two', 'three']) {
    for (const book of ['north', 'east', 'south', 'west']) {
      await runtime.publish(Entry({ text }), `entry/${book}`)
    }
  }
  await runtime.idle()
} finally {
  await runtime.stop()
}

for (const [book, entries] of [...books].sort()) console.log(`${book}: ${entries.join(', ')}`)

const { ofOneKey, ofTwoKeys } = overlaps()
console.log(`two books were sealed at the same time: ${ofTwoKeys > 0}`)
console.log(`two entries of one book were: ${ofOneKey > 0}`)
