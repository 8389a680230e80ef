/** Serves the page, and the route that its `useChat` posts to. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Runtime } from 'heddle'
import { taskFromUIMessages, toUIMessageStreamResponse } from 'heddle/ai-sdk'
import type { BuiltPage } from './built-page.ts'
import { shop } from './shop.team.ts'

export function serverOn(runtime: Runtime, page: BuiltPage): Server {
  return createServer(async (incoming, outgoing) => {
    try {
      const { method, url = '/' } = incoming
      if (method === 'POST' && url === '/api/chat') {
        const body = Buffer.concat(await incoming.toArray()).toString()
        return await send(outgoing, answerTo(runtime, JSON.parse(body)))
      }
      const file = method === 'GET' ? page.get(url) : undefined
      if (file === undefined) return void outgoing.writeHead(404).end('there is no such page')
      outgoing.writeHead(200, { 'content-type': file.type }).end(file.content)
    } catch (error) {
      console.error(error)
      if (!outgoing.headersSent) outgoing.writeHead(400)
      outgoing.end('the server could not read this')
    }
  })
}

/**
 * Each chat is a conversation of the team. A guest who has stopped an answer may ask again before
 * that run has ended: the new one then begins as soon as it has.
 */
function answerTo(runtime: Runtime, chat: { id: string; messages: [] }): Response {
  const conversation = shop.conversation(runtime, chat.id)
  const task = taskFromUIMessages(chat.messages)
  return toUIMessageStreamResponse(
    (signal) => conversation.runStream({ task, signal, ifBusy: 'interrupt' }),
    {
      onError: (error) => {
        console.error(error)
        return 'Something went wrong. Please ask again.'
      },
    },
  )
}

async function send(outgoing: ServerResponse, { status, headers, body }: Response): Promise<void> {
  outgoing.writeHead(status, Object.fromEntries(headers))
  try {
    await pipeline(Readable.fromWeb(body as ReadableStream), outgoing)
  } catch {} // the browser has left, or its user has pressed Stop: that has cancelled the run
}
