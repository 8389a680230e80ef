/** Each route, on one thread and on lanes. */
import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { desk, SECRET, talk } from '../fixtures/http/desk.agents.ts'
import { allOf, eventsOf, webOf } from '../fixtures/http/web.ts'

onBothRuntimes('the routes', ({ share }) => {
  const runtime = share({ agents: [desk, ...talk.agents] })
  const web = () => webOf(runtime())

  test('publish a message, whose turn is handled', async () => {
    const body = { message: 'entry', payload: { n: 2 } }
    expect(await web().ask('POST', '/topics/entry/published', { body })).toMatchObject({
      status: 202,
    })
    const sum = { request: 'sum', payload: {} }
    const { json } = await web().ask('POST', '/agents/desk/published', { body: sum })
    expect(json).toEqual({ reply: 2 })
  })

  test('publish once, however often it is asked with one id', async () => {
    const { ask } = web()
    const body = { message: 'entry', payload: { n: 1 }, id: 'order-1' }
    for (const _ of [1, 2]) {
      expect((await ask('POST', '/topics/entry/once', { body })).json).toEqual({ id: 'order-1' })
    }
    const sum = { request: 'sum', payload: {} }
    expect((await ask('POST', '/agents/desk/once', { body: sum })).json).toEqual({ reply: 1 })
    const other = { ...body, payload: { n: 5 } }
    expect(await ask('POST', '/topics/entry/once', { body: other })).toMatchObject({
      status: 409,
      json: { code: 'HEDDLE_ID_REUSED' },
    })
  })

  test('follow a task to its end', async () => {
    const { ask, open } = web()
    const body = { message: 'entry', payload: { n: 2 } }
    const headers = { prefer: 'task' }
    const { json, status } = await ask('POST', '/topics/entry/task', { body, headers })
    expect(status).toBe(202)
    const events = await allOf(eventsOf(await open('GET', `/tasks/${json.task}/events`)))
    expect(events.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
      ['', expect.objectContaining({ kind: 'emitted', agent: 'desk/task', event: { n: 2 } })],
      ['ended', { stopReason: { kind: 'completed' }, deliveries: 1 }],
    ])
    expect((await ask('GET', `/tasks/${json.task}`)).json).toEqual({
      state: 'ended',
      end: { stopReason: { kind: 'completed' }, deliveries: 1 },
    })
  })

  test('cancel a request whose caller goes away', async () => {
    const leaving = new AbortController()
    const body = { request: 'hang', payload: {} }
    const asked = web().ask('POST', '/agents/desk/left', { body, signal: leaving.signal })
    const { promise: begun, resolve } = Promise.withResolvers<void>()
    const stop = runtime().inspect((record) => {
      if (record.kind === 'accepted' && record.recipient === 'desk/left') resolve()
    })
    await begun
    stop()
    leaving.abort()
    expect(await asked).toMatchObject({ status: 503, json: { code: 'HEDDLE_CANCELLED' } })
    await runtime().idle()
  })

  test('call a tool', async () => {
    const { ask } = web()
    const call = (args: object) => ask('POST', '/tools/double', { body: { arguments: args } })
    expect((await call({ n: 4 })).json).toEqual({ result: { doubled: 8 } })
    expect(await call({ n: 'x' })).toMatchObject({
      status: 400,
      json: { code: 'HEDDLE_TOOL_ARGUMENTS', detail: expect.stringContaining('expected number') },
    })
  })

  test('run a conversation, and tell its result or its events', async () => {
    const { ask, open } = web()
    const run = { body: { task: 'one' } }
    const { json, headers } = await ask('POST', '/teams/talk/a/runs', run)
    expect(json).toMatchObject({ kind: 'result', messages: [{}, { content: 'you said one' }] })
    expect(headers.get('heddle-stream')).toMatch(/^[\w-]{36}$/)
    const accept = { ...run, headers: { accept: 'text/event-stream' } }
    const events = await allOf(eventsOf(await open('POST', '/teams/talk/a/runs', accept)))
    expect(events.map(({ data }) => JSON.parse(data).kind)).toEqual([
      ...['text', 'speakers', 'text', 'result'],
    ])
    const again = await allOf(eventsOf(await open('GET', '/teams/talk/a/events')))
    expect(again).toEqual(events)
  })

  test('write a message for an interface of the AI SDK', async () => {
    const body = { id: 'chat', messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }] }
    const { text, headers } = await web().ask('POST', '/chats/talk', { body })
    expect(headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
    expect(text).toContain('"delta":"you said hi"')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect((await web().ask('GET', '/chats/talk/chat/stream')).status).toBe(204)
  })

  test('save a conversation', async () => {
    const { ask } = web()
    await ask('POST', '/teams/talk/kept/runs', { body: { task: 'one' } })
    const { status, json } = await ask('GET', '/teams/talk/kept/state')
    expect([status, JSON.stringify(json)]).toEqual([200, expect.stringContaining('you said one')])
  })

  test('show dead letters without their payloads, replay and discard them', async () => {
    const { ask } = web()
    const body = { message: 'spoil', payload: {} }
    for (const key of ['x', 'y']) await ask('POST', `/topics/spoil/${key}`, { body })
    await runtime().idle()
    const { json, text } = await ask('GET', '/dead-letters?recipient=desk/x')
    expect(json.letters).toMatchObject([{ recipient: 'desk/x', reason: { kind: 'failed' } }])
    expect(text).not.toContain('payload')
    const shown = await ask('GET', '/dead-letters?recipient=desk/x&payloads=shown')
    expect(shown.json.letters).toMatchObject([{ payload: {} }])
    const filter = { body: { recipient: 'desk/x' } }
    expect((await ask('POST', '/dead-letters/replay', filter)).json).toEqual({ replayed: 1 })
    await runtime().idle()
    expect((await ask('POST', '/dead-letters/discard', filter)).json).toEqual({ discarded: 1 })
    expect((await ask('POST', '/dead-letters/discard', { body: {} })).status).toBe(400)
  })

  test('tell figures, and that the runtime is ready', async () => {
    const { ask } = web()
    expect((await ask('GET', '/health')).json).toEqual({ status: 'ready', reasons: [] })
    expect((await ask('GET', '/stats')).json).toMatchObject({ health: 'sound', inFlight: 0 })
  })

  test.each([
    ['an agent that fails', 'POST', '/agents/desk/f', { request: 'fail', payload: {} }, 422],
    ['a tool that fails', 'POST', '/tools/double', { arguments: { n: 13 } }, 500],
  ])('never show what %s has thrown', async (_, method, path, body, status) => {
    const told = await web().ask(method, path, { body })
    expect(told.status).toBe(status)
    expect(told.json).toMatchObject({ status, code: expect.stringMatching(/^HEDDLE_/) })
    expect(told.text).not.toContain(SECRET)
  })

  test('never show what a model has thrown', async () => {
    const { ask, open } = web()
    const { text, json } = await ask('POST', '/teams/talk/broken/runs', { body: { task: 'break' } })
    expect(json.stopReason).toMatchObject({ kind: 'failed', source: 'echo' })
    expect(text).not.toContain(SECRET)
    for (const { data } of await allOf(eventsOf(await open('GET', '/teams/talk/broken/events')))) {
      expect(data).not.toContain(SECRET)
    }
  })
})
