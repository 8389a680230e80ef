/**
 * Does what a user's program does: starts a runtime, publishes, asks, saves state, stops. Prints
 * the outcome as one line of JSON.
 */
import { closureAgent, type Registrable, type Runtime } from 'heddle'
import { Entry, Sealed, Seals } from './sealer.agent.ts'

export async function seal(
  sealer: Registrable,
  start: (agents: readonly Registrable[]) => Promise<Runtime>,
): Promise<void> {
  const sealed: string[] = []
  const lanes = new Set<number>()
  const shelf = closureAgent({
    type: 'shelf',
    handlers: (on) => [
      on(Sealed, ({ text, lane }, turn) => {
        sealed.push(`${turn.key} ${text}`)
        lanes.add(lane)
      }),
    ],
  })
  const runtime = await start([sealer, shelf])
  for (const text of ['one', 'two']) {
    for (const book of ['north', 'east', 'south', 'west']) {
      await runtime.publish(Entry({ text }), `entry/${book}`)
    }
  }
  await runtime.idle()
  const seals = await runtime.send(Seals(), 'sealer/north')
  const { agents: state } = await runtime.saveState()
  const { left } = await runtime.stop()
  console.log(
    JSON.stringify({ sealed: sealed.sort(), lanes: [...lanes].sort(), seals, state, left }),
  )
}
