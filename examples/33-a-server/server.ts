/** The runtime on a Hono server, beside the server's own routes. */
import type { HttpBindings } from '@hono/node-server'
import type { Runtime } from 'heddle'
import { httpHandler } from 'heddle/http'
import { Hono } from 'hono'
import { Order, shop, Total } from './desk.ts'

export function appOn(runtime: Runtime): Hono<{ Bindings: HttpBindings }> {
  const handler = httpHandler(runtime, {
    topics: { order: [Order] },
    agents: { till: [Total] },
    teams: [shop],
  })
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.get('/', (context) => context.text('the shop'))
  app.mount('/heddle', (request, { incoming }: HttpBindings) => {
    return handler(request, { address: incoming.socket.remoteAddress })
  })
  return app
}
