/** What turns have the main thread do: it ends with the turn, and never runs twice at once. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { HeddleError, ThreadedRuntime } from '../../src/index.ts'
import { startSimulated, testAgent } from '../../src/testing/index.ts'
import { type PartHost, setMainPart } from '../../src/tools/main-part.ts'
import { KINDS, type Kind } from '../fixtures/both-runtimes.ts'
import { AskCall, Call, calling } from '../fixtures/calling.agent.ts'
import { collector } from '../fixtures/glue.ts'

interface Taken extends PartHost {
  readonly data: unknown
  readonly answer: (value: unknown) => void
  readonly fail: (error: unknown) => void
  readonly letGo: () => void
}

/** A part whose calls the test answers, in the order in which they come. */
function part() {
  const taken: Taken[] = []
  const waiters: (() => void)[] = []
  setMainPart('test', {
    run: (data, host) => {
      const { promise: result, resolve: answer, reject: fail } = Promise.withResolvers<unknown>()
      const { promise: gone, resolve: letGo } = Promise.withResolvers<void>()
      taken.push({ ...host, signal: host.signal, data, answer, fail, letGo })
      for (const wake of waiters.splice(0)) wake()
      host.signal.addEventListener('abort', () => fail(host.signal.reason))
      return { result, letGo: gone }
    },
  })
  onTestFinished(() => {
    for (const { letGo } of taken) letGo()
  })
  const nth = async (at: number): Promise<Taken> => {
    while (taken[at] === undefined) await new Promise<void>((resolve) => waiters.push(resolve))
    return taken[at]
  }
  return { taken, nth }
}

const simulated: Kind['start'] = async (options = {}) => {
  const { runtime } = await startSimulated({ ...options, seed: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}
const ALL = [...KINDS, { name: 'simulated lanes', start: simulated }]

const aborted = ({ signal }: Taken) => {
  return new Promise<unknown>((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    signal.addEventListener('abort', () => resolve(signal.reason))
  })
}

describe.each(ALL)('on $name', ({ start }) => {
  test('its progress comes in order, and then its result', async () => {
    const { nth } = part()
    const runtime = await start({ agents: [calling] })
    const asked = runtime.send(AskCall({ data: 'a' }), 'calling/k')
    const call = await nth(0)
    expect(call.data).toBe('a')
    for (const far of [1, 2, 3]) call.progress({ far })
    call.answer({ found: new Map([[1, 2n]]) })
    const progress = [{ far: 1 }, { far: 2 }, { far: 3 }]
    expect(await asked).toEqual({ value: { found: new Map([[1, 2n]]) }, progress })
    call.progress('too late')
    await runtime.idle()
  })

  test('an error comes with its code', async () => {
    const { nth } = part()
    const runtime = await start({ agents: [calling] })
    const asked = runtime.send(AskCall({ data: 'a' }), 'calling/k')
    const call = await nth(0)
    call.fail(new HeddleError('HEDDLE_CANCELLED', { what: 'it', reason: 'a whim' }))
    await expect(asked).rejects.toMatchObject({ cause: { code: 'HEDDLE_CANCELLED' } })
  })

  test('a kind that the main thread does not have is named', async () => {
    const runtime = await start({ agents: [calling] })
    const asked = runtime.send(AskCall({ data: 'a', kind: 'none' }), 'calling/k')
    await expect(asked).rejects.toMatchObject({
      cause: { code: 'HEDDLE_NOT_ON_MAIN', fields: { subpath: 'none' } },
    })
  })

  test('a turn that is cancelled ends its call', async () => {
    const { nth } = part()
    const runtime = await start({ agents: [calling] })
    const ending = new AbortController()
    const asked = runtime.send(AskCall({ data: 'a' }), 'calling/k', { signal: ending.signal })
    const call = await nth(0)
    ending.abort('enough')
    await expect(asked).rejects.toMatchObject({ code: 'HEDDLE_CANCELLED' })
    expect(await aborted(call)).toMatchObject({ code: 'HEDDLE_CANCELLED' })
  })

  test('a call that its turn does not wait for ends with it', async () => {
    const { nth } = part()
    const runtime = await start({ agents: [calling] })
    await runtime.publish(Call({ data: 'a', ends: 'forgets' }), 'call/k')
    const call = await nth(0)
    call.progress('there')
    expect(await aborted(call)).toMatchObject({ code: 'HEDDLE_CANCELLED' })
    await runtime.idle()
  })

  test('a turn that is tried again calls when its last call has let go', async () => {
    const { nth, taken } = part()
    const { agent: listener, values } = collector()
    const runtime = await start({ agents: [calling, listener] })
    await runtime.publish(Call({ data: 'a', ends: 'throws' }), 'call/k')
    const first = await nth(0)
    first.progress('there')
    await aborted(first)
    const other = runtime.send(AskCall({ data: 'b' }), 'calling/l')
    const between = await nth(1) // another turn's call does not wait
    expect(between.data).toBe('b')
    between.answer('B')
    between.letGo()
    await other
    expect(taken).toHaveLength(2)
    first.letGo()
    const second = await nth(2)
    expect(second.data).toBe('a-2')
    second.answer('A')
    await runtime.idle()
    expect(values()).toEqual(['A'])
  })
})

test('a lane that dies ends the calls of its turns, which are made again when they have let go', async () => {
  const { nth, taken } = part()
  const { agent: listener, values } = collector()
  const agents = [calling, listener]
  const runtime = await ThreadedRuntime.start({ agents, lanes: 1, report: 'off' })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const back = new Promise<void>((resolve) => {
    runtime.inspect((record) => record.kind === 'lane-started' && resolve())
  })
  await runtime.publish(Call({ data: 'a', ends: 'dies' }), 'call/k')
  const first = await nth(0)
  first.progress('there')
  expect(await aborted(first)).toMatchObject({ fields: { reason: 'its lane has died' } })
  await back
  const other = runtime.send(AskCall({ data: 'b' }), 'calling/l')
  const between = await nth(1)
  between.answer('B')
  between.letGo()
  await other
  expect(taken.map(({ data }) => data)).toEqual(['a-1', 'b'])
  first.letGo()
  const second = await nth(2)
  second.answer('A')
  await runtime.idle()
  expect(values()).toEqual(['A'])
})

test('an agent that is tested alone calls the part', async () => {
  const { nth } = part()
  const agent = await testAgent(calling)
  const asked = agent.ask(AskCall({ data: 'a' }))
  const call = await nth(0)
  call.progress(1)
  call.answer('A')
  expect(await asked).toEqual({ value: 'A', progress: [1] })
})
