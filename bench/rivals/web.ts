/** Servers on this thread, and their client on another one. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { getRequestListener } from '@hono/node-server'
import { failOnDeath, terminateAll } from './raw-threads.ts'
import type { Posts } from './web-client.ts'

type Handle = (request: Request, peer: { address?: string | undefined }) => Promise<Response>

export class WebServer {
  readonly #server: Server
  readonly url: string

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(handle: Handle): Promise<WebServer> {
    const listener = getRequestListener((request, { incoming }) => {
      return handle(request, { address: incoming.socket.remoteAddress })
    })
    const server = createServer(listener)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new WebServer(server)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export class WebClient {
  readonly #worker = new Worker(new URL('./web-client.ts', import.meta.url))

  constructor() {
    failOnDeath(this.#worker)
  }

  /** Milliseconds until all are answered. */
  async post(posts: Posts): Promise<number> {
    this.#worker.postMessage(posts)
    const [{ ms, problem }] = await once(this.#worker, 'message')
    if (problem !== undefined) throw new Error(problem)
    return ms
  }

  stop(): Promise<unknown> {
    return terminateAll([this.#worker])
  }
}
