/**
 * Ask an agent and wait for its answer, from outside and from a turn; and what a caller gets when
 * there is none.
 */
import { agentId, defineAgent, defineRequest, HeddleError, SingleThreadedRuntime } from 'heddle'
import { z } from 'zod'

const Quote = defineRequest('quote', {
  payload: z.object({ item: z.string(), count: z.int() }),
  reply: z.object({ total: z.number() }),
})
const Price = defineRequest('price', {
  payload: z.object({ item: z.string() }),
  reply: z.number(),
})

const desk = defineAgent(import.meta.url, {
  type: 'desk',
  handlers: (on) => [
    on(Quote, async ({ item, count }, turn) => {
      // An agent of the same key answers inside this turn; one of another key in a turn of its own,
      // perhaps on another lane.
      const price = await turn.send(Price({ item }), agentId('catalogue', turn.key))
      return { total: price * count }
    }),
  ],
})

const catalogue = defineAgent(import.meta.url, {
  type: 'catalogue',
  handlers: (on) => [
    on(Price, ({ item }) => {
      if (item === 'yarn') return 4
      throw new Error(`there is no price for ${item}`)
    }),
  ],
})

const runtime = await SingleThreadedRuntime.start({ agents: [desk, catalogue] })
try {
  await ask('yarn', 'desk/shop-1')
  await ask('silk', 'desk/shop-1')
  await ask('yarn', 'dock/shop-1')
} finally {
  await runtime.stop()
}

async function ask(item: string, whom: string): Promise<void> {
  try {
    const { total } = await runtime.send(Quote({ item, count: 3 }), whom)
    console.log(`3 ${item} from ${whom}: ${total}`)
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const because = error.cause === undefined ? '' : `, because ${beginningOf(error).message}`
    console.log(`3 ${item} from ${whom}: ${error.code}${because}`)
  }
}

/**
 * Each agent that a failure passes puts its own error around it; the last cause is where it began.
 */
function beginningOf(error: Error): Error {
  return error.cause instanceof Error ? beginningOf(error.cause) : error
}
