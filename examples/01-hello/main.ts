/** One message, one agent, one thread. */
import { closureAgent, defineMessage, SingleThreadedRuntime } from 'heddle'
import { z } from 'zod'

const Hello = defineMessage('hello', z.object({ name: z.string() }))

const greeter = closureAgent({
  type: 'greeter',
  handlers: (on) => [
    on(Hello, ({ name }, turn) => {
      console.log(`the greeter of ${turn.key} says hello to ${name}`)
    }),
  ],
})

const runtime = await SingleThreadedRuntime.start({ agents: [greeter] })
try {
  // A topic is type/source. Each source has a greeter of its own, which its first message creates.
  await runtime.publish(Hello({ name: 'Ada' }), 'hello/london')
  await runtime.publish(Hello({ name: 'Grace' }), 'hello/new-york')
  await runtime.publish(Hello({ name: 'Alan' }), 'hello/london')
  await runtime.idle()
} finally {
  await runtime.stop()
}
