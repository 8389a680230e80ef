/**
 * A value that throws when it is read, given where an object belongs, is refused with a code (D4).
 */
import { expect, test } from 'vitest'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { countsFrom, NOTHING, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { revoked } from '../fixtures/revoked.ts'

/** Each of its fields throws when it is read. */
function guarded(...names: string[]): never {
  const get = () => {
    throw new TypeError('not for you')
  }
  const fields = names.map((name) => [name, { get, enumerable: true }])
  return Object.defineProperties({}, Object.fromEntries(fields)) as never
}

const hole = (): never => {
  const list = [undefined, puppet]
  delete list[0]
  return list as never
}

const CALLS: [name: string, call: (runtime: Runtime) => unknown][] = [
  ['publish: message', (runtime) => runtime.publish(revoked(), 'act/a')],
  [
    'publish: object with a message as prototype',
    (runtime) => runtime.publish(Object.create(Act([])), 'act/a'),
  ],
  ['publish: topic', (runtime) => runtime.publish(Act([]), revoked())],
  ['publish: guarded topic', (runtime) => runtime.publish(Act([]), guarded('type', 'source'))],
  ['publish: options', (runtime) => runtime.publish(Act([]), 'act/a', revoked())],
  ['publish: guarded options', (runtime) => runtime.publish(Act([]), 'act/a', guarded('id'))],
  [
    'publish: signal',
    (runtime) => runtime.publish(Act([]), 'act/a', { signal: guarded('aborted') }),
  ],
  [
    'publish: revoked signal',
    (runtime) => runtime.publish(Act([]), 'act/a', { signal: revoked() }),
  ],
  ['send: request', (runtime) => runtime.send(revoked(), 'puppet/a')],
  [
    'send: object with a request as prototype',
    (runtime) => runtime.send(Object.create(Ask([])), 'puppet/a'),
  ],
  ['send: agent id', (runtime) => runtime.send(Ask([]), revoked())],
  ['send: guarded agent id', (runtime) => runtime.send(Ask([]), guarded('type', 'key'))],
  ['send: a symbol for an agent id', (runtime) => runtime.send(Ask([]), Symbol('a') as never)],
  ['send: options', (runtime) => runtime.send(Ask([]), 'puppet/a', revoked())],
  ['send: guarded options', (runtime) => runtime.send(Ask([]), 'puppet/a', guarded('deadlineMs'))],
  ['run: options', (runtime) => runtime.run(Act([]), 'act/a', guarded('signal'))],
  ['run: topic', (runtime) => runtime.run(Act([]), revoked())],
  ['register: agent', (runtime) => runtime.register(revoked())],
  ['register: guarded agent', (runtime) => runtime.register(guarded('kind'))],
  ['register: nothing', (runtime) => runtime.register(undefined as never)],
  [
    'register: a copy through JSON',
    (runtime) => runtime.register(JSON.parse(JSON.stringify(puppet))),
  ],
  [
    'register: a look-alike',
    (runtime) => runtime.register({ kind: 'registration', type: 'x' } as never),
  ],
  [
    'register: a look-alike of a reference',
    (runtime) => runtime.register({ kind: 'reference' } as never),
  ],
  [
    'register: a reference to nowhere',
    (runtime) => runtime.register({ kind: 'reference', spec: { type: 'x' } } as never),
  ],
  ['subscribe: rule', (runtime) => runtime.subscribe(revoked())],
  ['subscribe: guarded rule', (runtime) => runtime.subscribe(guarded('agent', 'topic'))],
  ['subscribe: nothing', (runtime) => runtime.subscribe(undefined as never)],
  ['unsubscribe: id', (runtime) => runtime.unsubscribe(revoked())],
  ['unsubscribe: a symbol', (runtime) => runtime.unsubscribe(Symbol('a') as never)],
  ['inspect: listener', (runtime) => runtime.inspect(revoked())],
  ['deadLetters.watch: listener', (runtime) => runtime.deadLetters.watch(revoked())],
  ['deadLetters.list: filter', (runtime) => runtime.deadLetters.list(revoked())],
  ['deadLetters.discard: filter', (runtime) => runtime.deadLetters.discard(guarded('id'))],
  ['deadLetters.replay: filter', (runtime) => runtime.deadLetters.replay(guarded('topic'))],
  ['loadState: snapshot', (runtime) => runtime.loadState(revoked())],
  ['loadState: guarded snapshot', (runtime) => runtime.loadState(guarded('version'))],
  [
    'loadState: agents',
    (runtime) => runtime.loadState({ version: 2, agents: revoked(), deliveries: [] }),
  ],
  [
    'loadState: fields',
    (runtime) =>
      runtime.loadState({ version: 2, agents: { 'puppet/a': guarded('count') } } as never),
  ],
  [
    'loadState: deliveries',
    (runtime) => runtime.loadState({ version: 2, agents: {}, deliveries: [revoked()] }),
  ],
  ['stop: options', (runtime) => runtime.stop(revoked())],
  ['stop: guarded options', (runtime) => runtime.stop(guarded('deadlineMs'))],
]

const RUNTIMES = { SingleThreadedRuntime, ThreadedRuntime }

onBothRuntimes('a value that can’t be read is refused with a code', ({ name, share }) => {
  const runtimeOf = share({ agents: [puppet] })

  test.each(CALLS)('%s', async (_, call) => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    await refusalOf(() => call(runtime))
    await runtime.idle()
    expect(counts()).toEqual(NOTHING)
    expect(runtime.agents()).toHaveLength(1)
  })

  test.each<[string, () => never]>([
    ['options', revoked],
    ['guarded options', () => guarded('agents')],
    ['agents', () => ({ agents: revoked() }) as never],
    ['a hole in agents', () => ({ agents: hole() }) as never],
    ['an agent', () => ({ agents: [revoked()] }) as never],
    ['bounds', () => ({ bounds: revoked() }) as never],
    ['guarded bounds', () => ({ bounds: guarded('messages') }) as never],
    ['limits', () => ({ limits: revoked() }) as never],
    ['guarded limits', () => ({ limits: guarded('desk') }) as never],
    ['interventions', () => ({ interventions: revoked() }) as never],
    ['an intervention', () => ({ interventions: [revoked()] }) as never],
    ['a guarded intervention', () => ({ interventions: [guarded('onSend')] }) as never],
    ['log', () => ({ log: revoked() }) as never],
    ['report', () => ({ report: revoked() }) as never],
    ['clock', () => ({ clock: revoked() }) as never],
    ['a guarded clock', () => ({ clock: guarded('now') }) as never],
    ['laneEnv', () => ({ laneEnv: revoked() }) as never],
    ['a guarded laneEnv', () => ({ laneEnv: guarded('HOME') }) as never],
    ['laneEntry', () => ({ laneEntry: revoked() }) as never],
  ])('at the start: %s', async (_, options) => {
    await refusalOf(() => RUNTIMES[name].start(options()))
    await refusalOf(() => startSimulated(options()))
  })
})
