/** The route that `useChat` posts to: each chat is a conversation of the team. */
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Runtime } from 'heddle'
import { taskFromUIMessages, toUIMessageStreamResponse } from 'heddle/ai-sdk'
import { archives } from './archive.team.ts'

/** The whole of it, where a framework gives a Request and takes a Response. */
async function POST(runtime: Runtime, request: Request): Promise<Response> {
  const { id, messages } = (await request.json()) as { id: string; messages: [] }
  const conversation = archives.conversation(runtime, id)
  const task = taskFromUIMessages(messages)
  return toUIMessageStreamResponse((signal) => conversation.runStream({ task, signal }))
}

/** The same on Node's own server. */
export function serverOn(runtime: Runtime) {
  return createServer(async (incoming, outgoing) => {
    try {
      const body = Buffer.concat(await incoming.toArray())
      const request = new Request('http://localhost/api/chat', { method: 'POST', body })
      const { status, headers, body: stream } = await POST(runtime, request)
      outgoing.writeHead(status, Object.fromEntries(headers))
      // if the browser leaves, this ends the stream, and that cancels the run
      await pipeline(Readable.fromWeb(stream as ReadableStream), outgoing)
    } catch (error) {
      console.error(error)
      if (!outgoing.headersSent) outgoing.writeHead(400)
      outgoing.end()
    }
  })
}
