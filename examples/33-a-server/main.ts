/** A server, and a client of it that leaves in the middle of an answer and comes back. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai'
import { ThreadedRuntime } from 'heddle'
import { shop, till } from './desk.ts'
import { appOn } from './server.ts'

const runtime = await ThreadedRuntime.start({ lanes: 2, agents: [till, ...shop.agents] })
const server = serve({ fetch: appOn(runtime).fetch, hostname: '127.0.0.1', port: 0 }) as Server
if (!server.listening) await once(server, 'listening')
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/heddle`

try {
  await post('/topics/order/ada', { message: 'order', payload: { item: 'tea', price: 3 } })
  await post('/topics/order/ada', { message: 'order', payload: { item: 'cake', price: 5 } })
  await post('/agents/till/ada', { request: 'total', payload: {} })
  await post('/topics/order/ada', { message: 'order', payload: { item: 'tea', price: 'free' } })
  await chat()
} finally {
  server.close()
  await runtime.stop()
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  console.log(`POST ${path} → ${response.status} ${await response.text()}`)
}

/** What `useChat` does, in a page that is loaded again while an answer is written. */
async function chat(): Promise<void> {
  const transport = new DefaultChatTransport<UIMessage>({ api: `${base}/chats/shop` })
  const question: UIMessage = {
    id: 'question',
    role: 'user',
    parts: [{ type: 'text', text: 'When do you open?' }],
  }
  const leaving = new AbortController()
  const sent = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: 'chat-1',
    messageId: undefined,
    messages: [question],
    abortSignal: leaving.signal,
  })
  for await (const chunk of sent) {
    if (chunk.type !== 'text-delta') continue
    console.log('the first words are there, and the page is closed')
    break
  }
  leaving.abort()
  const stream = await transport.reconnectToStream({ chatId: 'chat-1' })
  if (stream === null) throw new Error('nothing is being written')
  let answer: UIMessage | undefined
  for await (const message of readUIMessageStream({ stream })) answer = message
  for (const part of answer?.parts ?? []) if (part.type === 'text') console.log(part.text)
}
