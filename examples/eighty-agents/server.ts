/**
 * A model server in a process of its own, which speaks chat completions: it streams a word every 20
 * milliseconds. If a request has a tool, the first answer calls that tool.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { WORD_MS, WORDS } from './load.ts'

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

const server = createServer(async (request, response) => {
  const { messages, tools = [] } = (await json(request)) as Asked
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const [tool] = tools
  if (tool !== undefined && messages.at(-1)?.role === 'user') {
    const text = messages.at(-1)?.content // the arguments, for a tool that has some
    const called = { name: tool.function.name, arguments: String(text) }
    send(response, { tool_calls: [{ index: 0, id: 'call_1', function: called }] })
    return end(response, 'tool_calls')
  }
  let words = 0
  const timer = setInterval(() => {
    send(response, { content: `word${++words} ` })
    if (words < WORDS) return
    clearInterval(timer)
    end(response, 'stop')
  }, WORD_MS)
  response.once('close', () => clearInterval(timer))
})

function send(response: ServerResponse, delta: object, finish: string | null = null): void {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  response.write(`data: ${JSON.stringify({ choices })}\n\n`)
}

function end(response: ServerResponse, finish: string): void {
  send(response, {}, finish)
  response.end('data: [DONE]\n\n')
}

process.once('disconnect', () => process.exit()) // nobody is left that could ask
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.(`http://127.0.0.1:${port}/v1`)
})
