/** A loop on a lane that never awaits. Its task stops it, and the lane lives on. */
import { ThreadedRuntime } from 'heddle'
import { Search, Searches, searcher } from './searcher.agent.ts'

const runtime = await ThreadedRuntime.start({ lanes: 1, agents: [searcher] })
try {
  // By the handle of the task.
  const task = await runtime.run(Search({ name: 'Godot' }), 'search/north')
  for await (const event of task.events) {
    if (event.kind === 'emitted') {
      console.log(`${event.agent} is ${event.event}`)
      task.cancel('it takes too long')
    } else {
      console.log(`${event.agent} takes that back: its turn was cancelled`)
    }
  }
  console.log(JSON.stringify((await task.ended).stopReason))

  // By a signal, as everywhere in Node.
  const controller = new AbortController()
  const { signal } = controller
  const other = await runtime.run(Search({ name: 'the grail' }), 'search/north', { signal })
  for await (const event of other.events) {
    if (event.kind === 'emitted') controller.abort('we found a shrubbery')
  }
  console.log(JSON.stringify((await other.ended).stopReason))

  // Neither turn has left a trace, and the lane has not been replaced.
  console.log(`searches: ${await runtime.send(Searches(), 'searcher/north')}`)
  const { cancelled, lanes } = runtime.stats()
  console.log(`${cancelled} deliveries cancelled, lane of generation ${lanes[0]?.generation}`)
} finally {
  await runtime.stop()
}
