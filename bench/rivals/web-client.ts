/** A client on a thread of its own: it posts what it is told to, over connections that stay. */
import { Agent, request } from 'node:http'
import { parentPort } from 'node:worker_threads'

export interface Posts {
  readonly url: string
  readonly body: string
  readonly count: number
  readonly connections: number
}

/** Milliseconds until all are answered. */
async function post({ url, body, count, connections }: Posts): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = count
  const one = () => {
    return new Promise<void>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        if (response.statusCode !== 202) reject(new Error(`answered ${response.statusCode}`))
        response.resume().on('end', resolve)
      })
      sent.on('error', reject).end(body)
    })
  }
  const client = async () => {
    while (left-- > 0) await one()
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, client))
  agent.destroy()
  return performance.now() - began
}

parentPort?.on('message', (posts: Posts) => {
  post(posts).then(
    (ms) => parentPort?.postMessage({ ms }),
    (error: Error) => parentPort?.postMessage({ problem: error.message }),
  )
})
