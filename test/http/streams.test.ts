/** Streams: what their readers get who come late, leave, come back, or are slow. */
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assistantAgent, defineTeam, maxMessages, roundRobin } from '../../src/agentchat/index.ts'
import { EventLogs, type Found } from '../../src/http/event-log.ts'
import { UILog } from '../../src/http/ui-log.ts'
import { SingleThreadedRuntime } from '../../src/index.ts'
import { scriptedModel } from '../../src/testing/index.ts'
import { allOf, eventsOf, type ServerEvent, webOf } from '../fixtures/http/web.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const WIDE = { events: 1_000, bytes: 2 ** 20, totalBytes: 2 ** 24, ms: 60_000 }

/** A team whose model answers when the test says so. */
async function held() {
  const asked: PromiseWithResolvers<string>[] = []
  const waiting: (() => void)[] = []
  const model = scriptedModel(() => {
    const answer = Promise.withResolvers<string>()
    asked.push(answer)
    for (const told of waiting.splice(0)) told()
    return answer.promise
  })
  const team = defineTeam({
    name: 'held',
    participants: [assistantAgent({ name: 'a', model })],
    flow: roundRobin(),
    stopWhen: maxMessages(3),
  })
  const runtime = await SingleThreadedRuntime.start({ agents: team.agents, report: 'off' })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const begun = async (count: number) => {
    while (asked.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { runtime, team, begun, answer: (at: number, text: string) => asked[at]?.resolve(text) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

const kinds = (events: readonly ServerEvent[]) => events.map(({ data }) => JSON.parse(data).kind)

async function take(events: AsyncGenerator<ServerEvent>, count: number): Promise<ServerEvent[]> {
  const all: ServerEvent[] = []
  while (all.length < count) all.push((await events.next()).value)
  return all
}

describe('a reader of a run', () => {
  test('that leaves does not stop it, and goes on where it was', async () => {
    const { runtime, team, begun, answer } = await held()
    const { open } = webOf(runtime, { teams: [team] })
    const body = { task: 'go' }
    const headers = { accept: 'text/event-stream' }
    const first = eventsOf(await open('POST', '/teams/held/k/runs', { body, headers }))
    const before = await take(first, 2)
    await first.return(undefined)
    await begun(1)
    answer(0, 'one')
    await begun(2)
    answer(1, 'two')
    const back = { headers: { 'last-event-id': before.at(-1)?.id ?? '' } }
    const after = await allOf(eventsOf(await open('GET', '/teams/held/k/events', back)))
    const all = await allOf(eventsOf(await open('GET', '/teams/held/k/events')))
    expect([...before, ...after]).toEqual(all)
    expect(kinds(all).at(-1)).toBe('result')
  })

  test('with an id of another process or run is told so, and gets all of the newest', async () => {
    const { runtime, team, begun, answer } = await held()
    const { open, ask } = webOf(runtime, { teams: [team] })
    const run = ask('POST', '/teams/held/k/runs', { body: { task: 'go' } })
    await begun(1)
    answer(0, 'one')
    await begun(2)
    answer(1, 'two')
    await run
    for (const id of ['11111111-1111-4111-8111-111111111111.2', 'x', '.', '1.99999999999999999']) {
      const back = { headers: { 'last-event-id': id } }
      const events = await allOf(eventsOf(await open('GET', '/teams/held/k/events', back)))
      const isOurs = /^[\w-]+\.\d{1,15}$/.test(id)
      expect(events.map(({ event }) => event).slice(0, 1), id).toEqual([isOurs ? 'reset' : ''])
      expect(kinds(events.slice(isOurs ? 1 : 0))[0]).toBe('text')
    }
  })

  test('is told of a run that could not begin by its status', async () => {
    const { runtime, team, begun } = await held()
    const { ask } = webOf(runtime, { teams: [team] })
    void ask('POST', '/teams/held/k/runs', { body: { task: 'go' } })
    await begun(1)
    const headers = { accept: 'text/event-stream' }
    const told = await ask('POST', '/teams/held/k/runs', { body: { task: 'again' }, headers })
    expect(told).toMatchObject({ status: 409, json: { code: 'HEDDLE_ALREADY_RUNNING' } })
    expect(await ask('POST', '/teams/held/k/stop')).toMatchObject({ status: 204 })
  })

  test('hears the end when the runtime stops', async () => {
    const { runtime, team, begun } = await held()
    const { open } = webOf(runtime, { teams: [team] })
    const body = { task: 'go' }
    const headers = { accept: 'text/event-stream' }
    const events = allOf(eventsOf(await open('POST', '/teams/held/k/runs', { body, headers })))
    await begun(1)
    await runtime.stop({ deadlineMs: 0 })
    const last = (await events).at(-1)
    expect(last?.event === 'problem' || kinds([last as ServerEvent])[0] === 'result').toBe(true)
  })

  test('of a stream without events hears that it is alive', async () => {
    const { runtime, team, begun, answer } = await held()
    const clock = new ManualClock()
    const { open } = webOf(runtime, { teams: [team], clock })
    const body = { task: 'go' }
    const headers = { accept: 'text/event-stream' }
    const response = await open('POST', '/teams/held/k/runs', { body, headers })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    await begun(1)
    const said = [await next()]
    while (!said.at(-1)?.includes('speakers')) said.push(await next())
    const alive = next()
    await until(() => clock.pending === 1)
    clock.advance(15_000)
    expect(await alive).toBe(': alive\n\n')
    answer(0, 'one')
    await reader.cancel()
    await until(() => clock.pending === 0)
  })

  test('is refused when too many runs are under way', async () => {
    const { runtime, team, begun } = await held()
    const { ask } = webOf(runtime, { teams: [team], maxRuns: 1 })
    void ask('POST', '/teams/held/k/runs', { body: { task: 'go' } })
    await begun(1)
    const told = await ask('POST', '/teams/held/other/runs', { body: { task: 'go' } })
    expect(told).toMatchObject({ status: 503 })
    expect(told.headers.get('retry-after')).toBe('1')
  })
})

test('an interface that comes back gets the message whole, though it is not written to the end', async () => {
  const { runtime, team, begun, answer } = await held()
  const { open } = webOf(runtime, { teams: [team] })
  const body = { id: 'c', messages: [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }] }
  const first = await open('POST', '/chats/held', { body })
  await begun(1)
  answer(0, 'one')
  await begun(2)
  await first.body?.cancel()
  const second = eventsOf(await open('GET', '/chats/held/c/stream'))
  const { value: start } = await second.next()
  expect(JSON.parse(start?.data ?? '')).toMatchObject({ type: 'start' })
  answer(1, 'two')
  const rest = (await allOf(second)).map(({ data }) => data)
  const texts = rest.flatMap((data) => /"delta":"(\w+)"/.exec(data)?.[1] ?? [])
  expect([texts, rest.at(-1)]).toEqual([['one', 'two'], '[DONE]'])
  expect((await open('GET', '/chats/held/c/stream')).status).toBe(204)
})

test('a message is replayed as it was written, whenever its readers come', async () => {
  const piece = fc.record({
    id: fc.constantFrom('1', '2'),
    delta: fc.string({ minLength: 1, maxLength: 3 }),
  })
  const step = fc.oneof({ weight: 4, arbitrary: piece }, fc.constant('reader' as const))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const log = new UILog(2 ** 20)
      const readers = [read(log)]
      for (const one of steps) {
        if (one === 'reader') readers.push(read(log))
        else log.push({ type: 'text-delta', ...one })
        await undefined
      }
      log.end()
      const whole = joined(steps.flatMap((one) => (one === 'reader' ? [] : [one])))
      for (const reader of readers) expect(joined(await reader)).toEqual(whole)
    }),
    { seed: 5, numRuns: 60 },
  )
})

type Delta = { readonly id: string; readonly delta: string }

async function read(log: UILog): Promise<Delta[]> {
  return (await allOf(log.read() as never)) as never
}

function joined(deltas: readonly Delta[]): Delta[] {
  const all: Delta[] = []
  for (const { id, delta } of deltas) {
    const last = all.at(-1)
    if (last?.id === id) all[all.length - 1] = { id, delta: last.delta + delta }
    else all.push({ id, delta })
  }
  return all
}

describe('a log', () => {
  const numbers = (found: Found) => {
    return found.kind === 'events' ? found.events.map(({ number }) => number) : found
  }

  test.each([
    ['count', { ...WIDE, events: 3 }],
    ['bytes', { ...WIDE, bytes: 3 * 65 }],
    ['bytes in all', { ...WIDE, totalBytes: 3 * 65 }],
  ])('keeps a window by %s, and says what is lost', (_, limits) => {
    const log = new EventLogs(limits, new ManualClock()).open()
    for (let at = 0; at < 5; at++) log.push('x')
    expect(log.after(1)).toEqual({ kind: 'lost', first: 3 })
    expect(numbers(log.after(2))).toEqual([3, 4, 5])
    expect(log.after(5)).toMatchObject({ kind: 'none' })
  })

  test('keeps events for their time, and a while after its end', () => {
    const clock = new ManualClock()
    const logs = new EventLogs(WIDE, clock)
    const log = logs.open()
    log.push('x')
    clock.advance(60_001)
    log.push('x')
    expect(log.after(0)).toEqual({ kind: 'lost', first: 2 })
    let isForgotten = false
    log.end(() => {
      isForgotten = true
    })
    clock.advance(59_999)
    expect([isForgotten, numbers(log.after(1))]).toEqual([false, [2]])
    clock.advance(1)
    expect([isForgotten, logs.size]).toEqual([true, { streams: 0, bytes: 0 }])
  })

  test('of an ended stream gives up its events before one that is under way', () => {
    const logs = new EventLogs({ ...WIDE, totalBytes: 4 * 65 }, new ManualClock())
    const [under, ended] = [logs.open(), logs.open()]
    for (const log of [under, ended]) for (let at = 0; at < 2; at++) log.push('x')
    ended.end()
    under.push('x')
    expect(numbers(under.after(0))).toEqual([1, 2, 3])
    expect(ended.after(0)).toEqual({ kind: 'lost', first: 2 })
  })

  test('gives every reader each event once, in order, wherever the reader stops', async () => {
    await fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 40 }), (pushes) => {
        const log = new EventLogs({ ...WIDE, events: 1_000 }, new ManualClock()).open()
        const got: number[] = []
        for (const count of pushes) {
          for (let at = 0; at < count; at++) log.push('x')
          const found = log.after(got.length)
          if (found.kind === 'events') got.push(...found.events.map(({ number }) => number))
        }
        expect(got).toEqual(got.map((_, at) => at + 1))
        expect(log.last).toBe(pushes.reduce((sum, one) => sum + one, 0))
      }),
      { seed: 5, numRuns: 100 },
    )
  })
})
