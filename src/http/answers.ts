/** What each route does, once the guard has let the request in. */
import type { UIMessage } from 'ai'
import type { RunOptions } from '../agentchat/runs/task.ts'
import type { Team } from '../agentchat/teams/team.ts'
import { taskFromUIMessages } from '../ai-sdk/ui-task.ts'
import type { Request as AgentRequest, Message } from '../messages/message.ts'
import type { Runtime } from '../runtime/local-runtime.ts'
import { readBody } from './body.ts'
import type { HttpSettings } from './http-options.ts'
import type { LiveRuns } from './live-runs.ts'
import { jsonResponse, refusal, SAFE, textOf } from './problem.ts'
import type { Route, RouteName } from './routes.ts'
import { eventResponse, placeFrom } from './sse.ts'
import type { TaskDesk } from './task-desk.ts'
import { uiResponse } from './ui-log.ts'

interface Parts {
  readonly runtime: Runtime
  readonly settings: HttpSettings
  readonly runs: LiveRuns
  readonly tasks: TaskDesk
}

type Answer = (parts: readonly string[], request: Request) => Promise<Response> | Response

export class Answers {
  readonly #parts: Parts
  readonly #table: { readonly [Name in RouteName]: Answer } = {
    publish: (parts, request) => this.#publish(parts, request),
    send: (parts, request) => this.#send(parts, request),
    tool: (parts, request) => this.#tool(parts, request),
    task: ([id = '']) => this.#task(id),
    'task-events': ([id = ''], request) => this.#taskEvents(id, request),
    'cancel-task': ([id = '']) => this.#cancelTask(id),
    run: (parts, request) => this.#run(parts, request),
    'run-events': (parts, request) => this.#runEvents(parts, request),
    pause: (parts) => this.#control(parts, 'pause'),
    resume: (parts) => this.#control(parts, 'resume'),
    stop: (parts) => this.#control(parts, 'stop'),
    state: async (parts) => jsonResponse(await this.#conversation(parts).saveState()),
    chat: (parts, request) => this.#chat(parts, request),
    'chat-stream': (parts) => this.#chatStream(parts),
    health: () => this.#health(),
    stats: () => jsonResponse(this.#parts.runtime.stats()),
    'dead-letters': (_, request) => this.#deadLetters(request),
    replay: async (_, request) => {
      const replayed = await this.#parts.runtime.deadLetters.replay(await this.#filter(request))
      return jsonResponse({ replayed })
    },
    discard: async (_, request) => {
      const filter = await this.#filter(request)
      const discarded = await this.#parts.runtime.deadLetters.discard(filter)
      return jsonResponse({ discarded })
    },
  }

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async to({ name, parts }: Route, request: Request): Promise<Response> {
    return this.#table[name](parts, request)
  }

  async #publish([type = '', source = '']: readonly string[], request: Request) {
    const { runtime, settings, tasks } = this.#parts
    const known = settings.topics.get(type)
    if (known === undefined) throw refusal(404, `there is no topic type '${type}' here`)
    const { message, payload, id, ttlMs } = await this.#body(request, [
      ...['message', 'payload', 'id', 'ttlMs'],
    ])
    const make = typeof message === 'string' ? known.get(message) : undefined
    if (make === undefined) throw refusal(400, namesOf('message', message, known))
    const made: Message = Reflect.apply(make, undefined, [payload])
    const topic = { type, source }
    if (wantsTask(request)) {
      if (id !== undefined || ttlMs !== undefined) {
        throw refusal(400, 'a task has neither id nor ttlMs; leave out prefer: task, or these')
      }
      const task = await tasks.begin(() => runtime.run(made, topic))
      return jsonResponse({ task: task.id }, 202)
    }
    const options = { ...(id !== undefined && { id }), ...(ttlMs !== undefined && { ttlMs }) }
    await runtime.publish(made, topic, options as object)
    return jsonResponse({ ...(id !== undefined && { id }) }, 202)
  }

  async #send([type = '', key = '']: readonly string[], request: Request) {
    const { runtime, settings } = this.#parts
    const known = settings.agents.get(type)
    if (known === undefined) throw refusal(404, `there is no agent type '${type}' here`)
    const given = await this.#body(request, ['request', 'payload', 'id', 'deadlineMs'])
    const { request: name, payload, id, deadlineMs } = given
    const make = typeof name === 'string' ? known.get(name) : undefined
    if (make === undefined) throw refusal(400, namesOf('request', name, known))
    const made: AgentRequest = Reflect.apply(make, undefined, [payload])
    const options = {
      // a caller with an id may come back for the reply
      ...(id === undefined ? { signal: request.signal } : { id }),
      ...(deadlineMs !== undefined && { deadlineMs }),
    }
    const reply = await runtime.send(made, { type, key }, options as object)
    return jsonResponse({ reply })
  }

  async #tool([name = '']: readonly string[], request: Request) {
    const tool = this.#parts.settings.tools.get(name)
    if (tool === undefined) throw refusal(404, `there is no tool '${name}' here`)
    const { arguments: args = {} } = await this.#body(request, ['arguments'])
    const result = await tool.run(args as never, { signal: request.signal })
    return jsonResponse({ result })
  }

  #knownTask(id: string) {
    const task = this.#parts.tasks.find(id)
    if (task !== undefined) return task
    throw refusal(404, 'there is no such task, or it ended so long ago that it is not kept')
  }

  #task(id: string): Response {
    const { end } = this.#knownTask(id)
    return jsonResponse(end === undefined ? { state: 'running' } : { state: 'ended', end })
  }

  #taskEvents(id: string, request: Request): Response {
    return this.#events(this.#knownTask(id), request)
  }

  #cancelTask(id: string): Response {
    this.#knownTask(id).handle.cancel('a request by HTTP')
    return new Response(null, { status: 204, headers: SAFE })
  }

  #events(of: Parameters<typeof eventResponse>[0], request: Request): Response {
    const place = placeFrom(request.headers.get('last-event-id'))
    return eventResponse(of, place, this.#parts.settings.clock)
  }

  #team(name: string): Team {
    const team = this.#parts.settings.teams.get(name)
    if (team === undefined) throw refusal(404, `there is no team '${name}' here`)
    return team
  }

  #conversation([name = '', key = '']: readonly string[]) {
    return this.#team(name).conversation(this.#parts.runtime, key)
  }

  async #run([name = '', key = '']: readonly string[], request: Request) {
    const team = this.#team(name)
    const options = await this.#body(request, ['task', 'input', 'ifBusy'])
    const { run, result } = await this.#parts.runs.begin(team, key, options as RunOptions)
    if (accepts(request, 'text/event-stream')) {
      result.catch(() => {}) // the stream tells
      return this.#events(run, request)
    }
    const headers = { 'heddle-stream': run.id }
    if (/\brespond-async\b/i.test(request.headers.get('prefer') ?? '')) {
      result.catch(() => {})
      return jsonResponse({ run: run.id }, 202, headers)
    }
    return jsonResponse(await result, 200, headers)
  }

  #runEvents([name = '', key = '']: readonly string[], request: Request): Response {
    const place = placeFrom(request.headers.get('last-event-id'))
    const { runs } = this.#parts
    const team = this.#team(name)
    const run = (place && runs.find(team, key, place.stream)) ?? runs.find(team, key)
    if (run === undefined) throw refusal(404, 'no run of this conversation is kept')
    return this.#events(run, request)
  }

  async #control(parts: readonly string[], call: 'pause' | 'resume' | 'stop') {
    await this.#conversation(parts)[call]()
    return new Response(null, { status: 204, headers: SAFE })
  }

  /** What `useChat` sends: its chat is the conversation of that key. */
  async #chat([name = '']: readonly string[], request: Request) {
    const team = this.#team(name)
    const { id, messages } = await this.#body(request)
    if (typeof id !== 'string' || id === '') throw refusal(400, 'its id must be that of the chat')
    const task = taskFromUIMessages(messages as UIMessage[])
    const message = this.#parts.runs.beginMessage(team, id, { task, ifBusy: 'interrupt' })
    return uiResponse(message)
  }

  #chatStream([name = '', key = '']: readonly string[]): Response {
    const message = this.#parts.runs.message(this.#team(name), key)
    return message ? uiResponse(message) : new Response(null, { status: 204, headers: SAFE })
  }

  #health(): Response {
    const { health, lanes } = this.#parts.runtime.stats()
    const status = { sound: 'ready', degraded: 'degraded', down: 'stopped', stopped: 'stopped' }[
      health
    ]
    const reasons = lanes
      .filter((lane) => lane.status === 'gone' || lane.status === 'starting')
      .map((lane) => `lane ${lane.lane} is ${lane.status}`)
    if (health === 'stopped') reasons.push('the runtime is stopping or has stopped')
    return jsonResponse({ status, reasons }, status === 'stopped' ? 503 : 200)
  }

  async #deadLetters(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    const { payloads, limit = '100', id, ...filter } = Object.fromEntries(searchParams)
    const most = Number(limit)
    if (!Number.isSafeInteger(most) || most < 1) throw refusal(400, 'its limit must be from 1')
    const { deadLetters } = this.#parts.runtime
    const given = { ...filter, ...(id !== undefined && { id: Number(id) }) }
    const letters = (await deadLetters.list(given as never)).slice(-most)
    const shown = letters.map(({ payload, ...letter }) => {
      return payloads === 'shown' ? { ...letter, payload } : letter
    })
    return new Response(textOf({ counts: await deadLetters.counts(), letters: shown }), {
      headers: { 'content-type': 'application/json', ...SAFE },
    })
  }

  async #filter(request: Request): Promise<object> {
    const filter = await this.#body(request)
    if (Object.keys(filter).length > 0) return filter
    throw refusal(400, 'it must say which letters, as in { "recipient": "clerk" }')
  }

  async #body(request: Request, names?: readonly string[]): Promise<Record<string, unknown>> {
    const { body: limits, clock } = this.#parts.settings
    const body = await readBody(request, limits, clock)
    const stranger = names && Object.keys(body).find((name) => !names.includes(name))
    if (stranger === undefined) return body
    throw refusal(400, `its body may have ${names?.join(', ')}, and not '${stranger.slice(0, 80)}'`)
  }
}

function namesOf(what: string, given: unknown, known: ReadonlyMap<string, unknown>): string {
  const is = typeof given === 'string' ? `'${given.slice(0, 80)}'` : 'not given'
  return `its ${what} is ${is}, and must be one of: ${[...known.keys()].join(', ')}`
}

function wantsTask(request: Request): boolean {
  return /\btask\b/i.test(request.headers.get('prefer') ?? '')
}

function accepts(request: Request, type: string): boolean {
  return (request.headers.get('accept') ?? '').includes(type)
}
