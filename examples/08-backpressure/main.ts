/**
 * A publisher that is faster than its agent, and what each policy does when the bound is reached.
 */
import { defineAgent, defineMessage, HeddleError, SingleThreadedRuntime } from 'heddle'
import { z } from 'zod'

const Sheet = defineMessage('sheet', z.object({ page: z.int() }))

const press = defineAgent(import.meta.url, {
  type: 'press',
  state: { printed: 0 },
  handlers: (on) => [
    on(Sheet, (_, turn) => {
      turn.state.printed += 1
    }),
  ],
})

for (const policy of ['wait', 'reject', 'shed'] as const) {
  const runtime = await SingleThreadedRuntime.start({
    agents: [press],
    bounds: { messages: 2, keyMessages: 2, policy }, // defaults: 10,000, a tenth of that, `wait`
  })
  try {
    const publishes = [1, 2, 3, 4, 5].map((page) => runtime.publish(Sheet({ page }), 'sheet/hall'))
    const { inFlight } = runtime.stats()
    const outcomes = await Promise.allSettled(publishes)
    await runtime.idle()

    const { accepted, handled, deadLettered } = runtime.stats()
    console.log(`${policy}: 5 published, and ${inFlight} in flight at once`)
    console.log(`  ${accepted} accepted, ${handled} handled, ${deadLettered} dead letters`)
    const [refused] = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    if (refused instanceof HeddleError) console.log(`  the publisher got ${refused.code}`)
    const [letter] = await runtime.deadLetters.list()
    if (letter !== undefined) console.log(`  the dead letters say: ${letter.reason.kind}`)
  } finally {
    await runtime.stop()
  }
}
