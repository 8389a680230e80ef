/**
 * How to ask an agent and wait for its answer, from outside and from a turn, and what the caller
 * gets if there is no answer.
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
      // An agent with the same key answers inside this turn. An agent with another key would answer
      // in a turn of its own, perhaps on another lane.
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

/** Each agent on the way wraps the error in one of its own, so the last cause is where it began. */
function beginningOf(error: Error): Error {
  return error.cause instanceof Error ? beginningOf(error.cause) : error
}
