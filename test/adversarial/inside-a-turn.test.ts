/** Calls for the outside are refused inside a turn, and calls of a turn are refused after it. */
import { expect, onTestFinished, test } from 'vitest'
import { closureAgent, type Runtime, SingleThreadedRuntime } from '../../src/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { CallLate, insider, Outcomes, Try } from '../fixtures/insider.agent.ts'
import { Act, Ask, Enter, puppet } from '../fixtures/puppet.agent.ts'

const CALLS: [name: string, call: (runtime: Runtime) => unknown][] = [
  ['publish', (runtime) => runtime.publish(Act([]), 'act/a')],
  ['send', (runtime) => runtime.send(Ask([]), 'puppet/a')],
  ['run', (runtime) => runtime.run(Act([]), 'act/a')],
  ['idle', (runtime) => runtime.idle()],
  ['stop', (runtime) => runtime.stop()],
  ['register', (runtime) => runtime.register(puppet.as('other'))],
  ['subscribe', (runtime) => runtime.subscribe({ topic: 't', agent: 'puppet' })],
  ['unsubscribe', (runtime) => runtime.unsubscribe('unknown')],
  ['deadLetters.replay', (runtime) => runtime.deadLetters.replay({})],
  ['deadLetters.discard', (runtime) => runtime.deadLetters.discard({})],
  ['restartLanes', (runtime) => runtime.restartLanes()],
  ['loadState', (runtime) => runtime.loadState({ version: 1, agents: {} })],
  ['saveState', (runtime) => runtime.saveState()],
  ['start', () => SingleThreadedRuntime.start()],
]

onBothRuntimes('inside a closure agent’s turn', ({ share }) => {
  let call: (runtime: Runtime) => unknown = () => {}
  let pause: () => Promise<void> | undefined = () => undefined
  const meddler = closureAgent({
    type: 'meddler',
    handlers: (on) => [
      on(Enter, async () => {
        await pause()
        try {
          await call(runtimeOf())
          return 'nothing was refused'
        } catch (error) {
          return (error as Error).message
        }
      }),
    ],
  })
  const runtimeOf = share({ agents: [puppet, meddler] })

  test.each(CALLS)('runtime.%s is refused', async (name, meddle) => {
    const runtime = runtimeOf()
    call = meddle
    for (const wait of [() => undefined, () => Promise.resolve()]) {
      pause = wait
      const counts = countsFrom(runtime)
      const answer = await runtime.send(Enter('x'), 'meddler/a')
      expect(answer).toContain(`runtime.${name} was called inside a turn`)
      expect(answer).toContain("the turn's own publish and send")
      expect(counts()).toEqual({ ...NOTHING, accepted: 1, handled: 1 })
    }
  })

  test('a call that only reads is not refused', async () => {
    const runtime = runtimeOf()
    pause = () => undefined
    call = (runtime) => {
      const asked = [runtime.deadLetters.list(), runtime.deadLetters.counts()]
      return Promise.all([runtime.stats(), runtime.agents(), ...asked])
    }
    expect(await runtime.send(Enter('x'), 'meddler/a')).toBe('nothing was refused')
  })

  test('after the turn, the same calls work as from outside', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    pause = () => undefined
    call = () => {
      setImmediate(() => void runtime.publish(Act([]), 'act/late').then(resolve, reject))
    }
    await runtime.send(Enter('x'), 'meddler/a')
    await promise
    await runtime.idle()
    expect(counts()).toEqual({ ...NOTHING, accepted: 2, handled: 2 })
  })
})

onBothRuntimes('a turn', ({ name, share }) => {
  const runtimeOf = share({ agents: [puppet, insider], log: () => {} })

  test.each(['publish', 'send', 'emit', 'log', 'state'] as const)(
    'that has ended refuses its %s',
    async (part) => {
      const runtime = runtimeOf()
      const counts = countsFrom(runtime)
      await runtime.send(CallLate(part), 'insider/a')
      const [outcome] = await runtime.send(Outcomes(), 'insider/a')
      expect(outcome).toContain(`turn.${part} was called after the turn of 'insider/a' had ended`)
      expect(outcome).toContain('HEDDLE_TURN_ENDED')
      await runtime.idle()
      expect(counts()).toEqual({ ...NOTHING, accepted: 2, handled: 2 })
    },
  )

  test('does not start a threaded runtime', async () => {
    const code = name === 'ThreadedRuntime' ? 'HEDDLE_RUNTIME_IN_LANE' : 'HEDDLE_INSIDE_TURN'
    expect(await runtimeOf().send(Try('start threads'), 'insider/a')).toBe(code)
  })

  test('on a lane may run a small runtime on its own thread', async () => {
    const outcome = await runtimeOf().send(Try('start single'), 'insider/a')
    const allowed = name === 'ThreadedRuntime' ? 'nothing was refused' : 'HEDDLE_INSIDE_TURN'
    expect(outcome).toBe(allowed)
  })

  test.each<[Parameters<typeof Try>[0], string]>([
    ['publish a request', 'HEDDLE_NOT_A_MESSAGE'],
    ['publish a look-alike', 'HEDDLE_NOT_A_MESSAGE'],
    ['publish on a wrong topic', 'HEDDLE_INVALID_ID'],
    ['publish on an empty topic', 'HEDDLE_INVALID_ID'],
    ['send a message', 'HEDDLE_NOT_A_MESSAGE'],
    ['send to nobody', 'HEDDLE_UNKNOWN_AGENT'],
    ['send to a broken id', 'HEDDLE_INVALID_ID'],
    ['send with a broken deadline', 'HEDDLE_INVALID_OPTION'],
    ['send with a broken signal', 'HEDDLE_INVALID_OPTION'],
    ['wait for room with a broken signal', 'HEDDLE_INVALID_OPTION'],
    ['emit a function', 'HEDDLE_PAYLOAD_NOT_CLONEABLE'],
    ['log at no level', 'HEDDLE_INVALID_OPTION'],
    ['name an effect by a symbol', 'HEDDLE_INVALID_OPTION'],
    ['set an entry of a number', 'HEDDLE_STATE_NOT_PLAIN'],
    ['get an entry of a number', 'HEDDLE_STATE_NOT_PLAIN'],
    ['look for an entry of nothing', 'HEDDLE_STATE_NOT_PLAIN'],
    ['delete an entry of a record', 'HEDDLE_STATE_NOT_PLAIN'],
    ['take publish off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take send off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take withLimit off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take emit off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take log off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take throwIfCancelled off the turn', 'HEDDLE_DETACHED_CALL'],
    ['take idempotencyKey off the turn', 'HEDDLE_DETACHED_CALL'],
    ['give log to another object', 'HEDDLE_DETACHED_CALL'],
    ['take get off entries', 'HEDDLE_DETACHED_CALL'],
    ['take keys off entries', 'HEDDLE_DETACHED_CALL'],
  ])('refuses to %s', async (way, code) => {
    expect(await runtimeOf().send(Try(way), 'insider/a')).toBe(code)
  })

  test('gets an error that names a wrong entry key, and one that says how to call a method', async () => {
    const runtime = await SingleThreadedRuntime.start({ agents: [insider], log: () => {} })
    onTestFinished(async () => void (await runtime.stop()))
    const said: string[] = []
    runtime.inspect((record) => void (record.kind === 'logged' && said.push(record.text)))
    await runtime.send(Try('set an entry of a number'), 'insider/a')
    await runtime.send(Try('take get off entries'), 'insider/a')
    expect(said[0]).toContain("state field 'notes' of 'insider/a' can't be kept: the key")
    expect(said[1]).toContain('call it as turn.state.field.get(…)')
  })

  test('can’t write a field that its state does not have', async () => {
    expect(await runtimeOf().send(Try('state of a wrong name'), 'insider/a')).toContain('TypeError')
  })
})

onBothRuntimes('methods that were taken off their object', ({ start }) => {
  test('of a runtime and of its dead letters work as they do on it', async () => {
    const runtime = await start({ agents: [puppet] })
    const { publish, send, run, idle, stats, inspect, agents, subscribe, unsubscribe } = runtime
    const { saveState, loadState, register, restartLanes, stop } = runtime
    const { counts, list, watch, replay, discard } = runtime.deadLetters
    const kinds: string[] = []
    const watched: number[] = []
    inspect(({ kind }) => kinds.push(kind))
    watch(({ id }) => watched.push(id))
    await register(puppet.as('other'))
    await unsubscribe(await subscribe({ agent: 'puppet', topic: 'elsewhere' }))
    await publish(Act([]), 'elsewhere/a')
    await (await run(Act([]), 'elsewhere/a')).ended
    await idle()
    expect(await send(Ask([{ do: 'count' }]), 'puppet/a')).toBe(1)
    expect(await replay({ id: 1 })).toBe(1)
    await idle()
    expect((await list()).map(({ id }) => id)).toEqual([2, 3])
    expect(watched).toEqual([1, 2, 3])
    expect(await discard({ id: 2 })).toBe(1)
    expect(await counts()).toMatchObject({ total: 3, kept: 1 })
    expect(agents().map(({ type }) => type)).toEqual(['puppet', 'other'])
    await loadState(await saveState())
    await restartLanes()
    expect(stats()).toMatchObject({ accepted: 4, handled: 1, deadLettered: 3 })
    expect(kinds).toContain('dead-letter')
    expect(await stop()).toMatchObject({ left: 0 })
  })

  test('are not listed: a runtime has no methods as own fields', async () => {
    expect(Object.keys(await start())).toEqual([])
  })
})
