/**
 * Finds a race that shows only sometimes, by trying many orders of events. Each seed chooses one
 * order, and repeats it every time.
 */
import { closureAgent } from 'heddle'
import { startSimulated } from 'heddle/testing'
import { Call, desk, phone, Shipped, stock } from './desk.agent.ts'

const ORDERS = ['A-1', 'B-2']

/** The orders that are shipped when events come in the order that the seed chooses. */
async function shippedIn(seed: number): Promise<string[]> {
  const shipped: string[] = []
  const collector = closureAgent({
    type: 'collector',
    handlers: (on) => [on(Shipped, ({ order }) => void shipped.push(order))],
  })
  const agents = [phone, desk, stock, collector]
  const { runtime } = await startSimulated({ seed, lanes: 2, agents })
  try {
    for (const id of ORDERS) await runtime.publish(Call({ id }), `call/${id}`)
    await runtime.idle()
    return shipped.sort()
  } finally {
    await runtime.stop()
  }
}

for (let seed = 1; seed <= 50; seed++) {
  const shipped = await shippedIn(seed)
  if (shipped.join() !== ORDERS.join()) {
    console.log(`seed ${seed} is the first that goes wrong`)
    console.log(`ordered: ${ORDERS.join(', ')}`)
    console.log(`shipped: ${shipped.join(', ')}`)
    console.log(`and again: ${(await shippedIn(seed)).join(', ')}`)
    break
  }
}
