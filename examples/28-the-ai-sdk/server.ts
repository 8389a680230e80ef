/** The route that `useChat` posts to: each chat is a conversation of the team. */
import { createServer, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Runtime } from 'heddle'
import { type HeddleUIMessage, taskFromUIMessages, toUIMessageStreamResponse } from 'heddle/ai-sdk'
import { archives } from './archive.team.ts'

interface Chat {
  readonly id: string
  readonly messages: HeddleUIMessage[]
}

/**
 * The whole of it, where a framework gives a Request and takes a Response. A chat may be open in
 * two tabs, and a question may come before the run of the last one has ended: it ends that run.
 */
async function POST(runtime: Runtime, request: Request): Promise<Response> {
  const { id, messages } = (await request.json()) as Chat
  const conversation = archives.conversation(runtime, id)
  const task = taskFromUIMessages(messages)
  return toUIMessageStreamResponse((signal) =>
    conversation.runStream({ task, signal, ifBusy: 'interrupt' }),
  )
}

/** The same on Node's own server. */
export function serverOn(runtime: Runtime) {
  return createServer(async (incoming, outgoing) => {
    try {
      const body = Buffer.concat(await incoming.toArray())
      const request = new Request('http://localhost/api/chat', { method: 'POST', body })
      await send(outgoing, await POST(runtime, request))
    } catch (error) {
      console.error(error)
      if (!outgoing.headersSent) outgoing.writeHead(400)
      outgoing.end()
    }
  })
}

async function send(outgoing: ServerResponse, { status, headers, body }: Response): Promise<void> {
  outgoing.writeHead(status, Object.fromEntries(headers))
  try {
    await pipeline(Readable.fromWeb(body as ReadableStream), outgoing)
  } catch {} // the browser has left: that has ended the stream, and cancelled the run
}
