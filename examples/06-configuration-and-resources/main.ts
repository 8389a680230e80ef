/**
 * Configuration is data, and is checked before anything runs. Resources are made on the lane that
 * uses them, and are shared or belong to one agent.
 */
import { HeddleError, SingleThreadedRuntime } from 'heddle'
import { dyer, Skein } from './dyer.agent.ts'

const runtime = await SingleThreadedRuntime.start({
  agents: [
    dyer.with({ colour: 'madder' }),
    // the same agent again, under another name
    dyer.with({ colour: 'indigo', rounds: 3 }).as('blue-dyer'),
  ],
})
try {
  await runtime.publish(Skein({ fibre: 'wool' }), 'skein/workshop')
  await runtime.publish(Skein({ fibre: 'silk' }), 'skein/workshop')
  await runtime.idle()
} finally {
  await runtime.stop()
}

try {
  dyer.with(JSON.parse('{ "colour": "beige" }'))
} catch (error) {
  if (!(error instanceof HeddleError)) throw error
  console.log(`a dyer of beige: ${error.code}`)
}
