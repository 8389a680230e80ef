/** A program that runs until it is told to stop: by Ctrl-C, or by whatever has started it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closureAgent, defineMessage, SingleThreadedRuntime } from 'heddle'
import { z } from 'zod'

const Hello = defineMessage('hello', z.object({ name: z.string() }))

const greeter = closureAgent({
  type: 'greeter',
  handlers: (on) => [on(Hello, ({ name }) => console.log(`hello ${name}`))],
})

const runtime = await SingleThreadedRuntime.start({ agents: [greeter] })
const server = createServer(async (request, response) => {
  await runtime.publish(Hello({ name: request.url?.slice(1) || 'you' }), 'hello/london')
  response.end()
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // once: a second signal ends the process as it would without this
  process.once(signal, async () => {
    server.close()
    server.closeIdleConnections()
    const { left } = await runtime.stop({ deadlineMs: 5_000 })
    console.log(`stopped by ${signal}, with ${left} left to do`)
  })
}
