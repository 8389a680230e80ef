/**
 * Each key has its own state, which changes in whole turns. It is saved as data and loaded into
 * another runtime.
 */
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { account, Statement, Transfer } from './account.agent.ts'

const before = await ThreadedRuntime.start({ lanes: 2, agents: [account] })
let saved: string
try {
  await before.publish(Transfer({ id: 'wages', amount: 100 }), 'transfer/ada')
  await before.publish(Transfer({ id: 'wages', amount: 80 }), 'transfer/grace')
  await before.publish(Transfer({ id: 'yacht', amount: -5_000 }), 'transfer/ada')
  await before.publish(Transfer({ id: 'rent', amount: -60 }), 'transfer/ada')
  await before.idle()
  await tell(before)
  for (const { recipient, reason } of await before.deadLetters.list()) {
    if (reason.kind === 'failed') console.log(`failed for ${recipient}: ${reason.error.message}`)
  }
  saved = JSON.stringify(await before.saveState())
} finally {
  await before.stop()
}

const after = await SingleThreadedRuntime.start({ agents: [account] })
try {
  await after.loadState(JSON.parse(saved))
  await after.publish(Transfer({ id: 'books', amount: -30 }), 'transfer/ada')
  await after.idle()
  await tell(after)
} finally {
  await after.stop()
}

async function tell(runtime: Runtime): Promise<void> {
  for (const name of ['ada', 'grace']) {
    const { balance, transfers } = await runtime.send(Statement(), `account/${name}`)
    console.log(`${name} has ${balance}: ${transfers.join(', ')}`)
  }
}
