/** What `heddle/http` infers and refuses. */
import {
  type Access,
  type AnyMessageType,
  type AnyRequestType,
  type Authorize,
  type HttpHandler,
  type HttpOptions,
  httpHandler,
  type Peer,
} from 'heddle/http'
import { z } from 'zod'
import { defineMessage, defineRequest, type Runtime } from '../../src/index.ts'

declare const runtime: Runtime

const Order = defineMessage('order', z.object({ price: z.number() }))
const Bare = defineMessage('bare')
const Total = defineRequest('total', { payload: z.object({}), reply: z.number() })

const messages: readonly AnyMessageType[] = [Order, Bare]
const requests: readonly AnyRequestType[] = [Total]
// @ts-expect-error a request is no message
const wrong: readonly AnyMessageType[] = [Total]
void wrong

const authorize: Authorize = async (request, access: Access) => {
  if (access.action === 'operate') return new Response(null, { status: 401 })
  return request.headers.has('authorization') && access.target !== ''
}
// @ts-expect-error nothing is no answer
const forgotten: Authorize = () => {}
void forgotten

const options: HttpOptions = { topics: { order: messages }, agents: { till: requests }, authorize }
const handler: HttpHandler = httpHandler(runtime, options)
const peer: Peer = { address: '127.0.0.1' }
const answer: Promise<Response> = handler(new Request('http://localhost/health'), peer)
void answer
// @ts-expect-error a topic has a list
httpHandler(runtime, { topics: { order: Order } })
