/**
 * Stands in for a provider: a server on this machine that calls a tool, answers, refuses or waits.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

export async function startProvider() {
  const silent = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const { messages } = (await json(request)) as Asked
    const { role, content } = messages.at(-1) ?? { role: '', content: '' }
    if (content.includes('busy')) return response.writeHead(429).end('too many requests')
    if (content.includes('silent')) {
      response.once('close', left.resolve)
      return silent.resolve()
    }
    if (role === 'tool') return say(response, [text('Take '), text('an umbrella.'), finish('stop')])
    say(response, [call('{"city":', 'forecast'), call('"Vienna"}'), finish('tool_calls')])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    /** Resolves when it was asked something that it will not answer. */
    silent: silent.promise,
    /** Resolves when the one who asked has closed the connection. */
    left: left.promise,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function say(response: ServerResponse, events: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
  response.end('data: [DONE]\n\n')
}

const text = (content: string) => ({ choices: [{ delta: { content } }] })

const call = (part: string, name?: string) => {
  const id = name === undefined ? {} : { id: 'call-1' }
  const one = { index: 0, ...id, function: { name, arguments: part } }
  return { choices: [{ delta: { tool_calls: [one] } }] }
}

const finish = (finish_reason: string) => ({
  choices: [{ delta: {}, finish_reason }],
  usage: { prompt_tokens: 20, completion_tokens: 5 },
})
