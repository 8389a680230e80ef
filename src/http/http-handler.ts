/**
 * A runtime behind HTTP: one function from a request to a response, for any server.
 *
 * Invariant: nothing is done and nothing is told before the guard has let a request in.
 */
import type { Runtime } from '../runtime/local-runtime.ts'
import { Answers } from './answers.ts'
import { EventLogs } from './event-log.ts'
import { guard, type Peer } from './guard.ts'
import { type HttpOptions, httpSettings } from './http-options.ts'
import { LiveRuns } from './live-runs.ts'
import { problemResponse, refusal } from './problem.ts'
import { routeOf } from './routes.ts'
import { TaskDesk } from './task-desk.ts'

/**
 * Answers a request. `peer` is what an adapter knows of the other side. Never rejects: an error is
 * a response.
 */
export type HttpHandler = (request: Request, peer?: Peer) => Promise<Response>

/**
 * Makes a handler of requests for a runtime, to be mounted on any server that knows web-standard
 * requests and responses. Only the topics, agents, teams and tools that are named can be reached.
 * Errors are problem documents (RFC 9457) with a code of heddle. Throws HEDDLE_INVALID_OPTION.
 */
export function httpHandler(runtime: Runtime, options: HttpOptions = {}): HttpHandler {
  const settings = httpSettings(options)
  const logs = new EventLogs(settings.streams, settings.clock)
  const limits = { most: settings.maxRuns, messageBytes: settings.streams.bytes }
  const runs = new LiveRuns(runtime, logs, limits)
  const tasks = new TaskDesk(logs, settings.maxRuns)
  const answers = new Answers({ runtime, settings, runs, tasks })
  return async (request, peer) => {
    try {
      const { pathname } = new URL(request.url)
      const isBelow = pathname.startsWith(`${settings.basePath}/`)
      const path = isBelow ? pathname.slice(settings.basePath.length + 1) : ''
      const route = routeOf(request.method, path.replace(/\/$/, ''))
      const refused = await guard(settings.authorize, request, peer, route.access)
      if (refused !== undefined) return refused
      if (route.name !== 'none') return await answers.to(route, request)
      if (route.methods.length === 0) throw refusal(404, 'there is nothing at this path')
      const response = problemResponse(refusal(405, `its methods are ${route.methods.join(', ')}`))
      response.headers.set('allow', route.methods.join(', '))
      return response
    } catch (error) {
      return problemResponse(error)
    }
  }
}
