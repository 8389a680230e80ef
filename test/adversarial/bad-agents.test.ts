/**
 * An agent that can't be registered is refused at the call and leaves nothing behind, so the call
 * can be repeated.
 */
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  agentAt,
  closureAgent,
  defineAgent,
  type ErrorCode,
  type Registrable,
  type Runtime,
} from '../../src/index.ts'
import { KINDS, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { doorman, Knock } from '../fixtures/closure-module.ts'
import { Act, Ask, Enter, puppet, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { secretive } from '../fixtures/secretive.agent.ts'
import { Have, second, Tape } from '../fixtures/tape.agent.ts'
import { expectRefusedUnharmed } from '../fixtures/unharmed.ts'

const at = (path: string) => new URL(`../fixtures/${path}`, import.meta.url)
const inTestFile = defineAgent(import.meta.url, {
  type: 'in-test-file',
  handlers: (on) => [on(Act, () => {})],
})
const lateLoaded = (config: unknown): Registrable =>
  agentAt(at('secretive.agent.ts'), { type: 'secretive', as: 'late', config })

const jsonOf = (value: object): never => JSON.parse(JSON.stringify(value)) as never

type Bad = [name: string, agent: Registrable, code: ErrorCode, ...parts: string[]]

const unloadable: Bad[] = [
  ['a type that is taken', puppet, 'HEDDLE_DUPLICATE_AGENT', "'puppet'", '.as(type)'],
  ['nothing', undefined as never, 'HEDDLE_INVALID_AGENT', 'undefined is not an agent'],
  ['a string', 'puppet' as never, 'HEDDLE_INVALID_AGENT', "'puppet'", 'defineAgent'],
  ['a function', closureAgent as never, 'HEDDLE_INVALID_AGENT', 'defineAgent'],
  ['an agent by way of JSON', jsonOf(puppet), 'HEDDLE_INVALID_AGENT', 'not a copy of it'],
  ['an agent by way of JSON, without its config', jsonOf(secretive), 'HEDDLE_INVALID_AGENT'],
  ['a reference to nothing', { kind: 'reference' } as never, 'HEDDLE_INVALID_AGENT', 'agentAt'],
  ['an agent without its config', secretive as never, 'HEDDLE_INVALID_AGENT', '.with(config)'],
  [
    'a module that is not there',
    agentAt(at('nowhere.ts'), { type: 'a' }),
    'HEDDLE_AGENT_LOAD_FAILED',
    "'a'",
    'nowhere.ts',
  ],
  [
    'a module that throws',
    agentAt(at('bad/throws-at-import.ts'), { type: 'a' }),
    'HEDDLE_AGENT_LOAD_FAILED',
    "'a'",
    'throws-at-import.ts',
    'broken at import',
  ],
  [
    'a module without an agent',
    agentAt(at('bad/no-agent.ts'), { type: 'a' }),
    'HEDDLE_AGENT_LOAD_FAILED',
    "'a'",
    'no-agent.ts',
    'export what defineAgent returns',
  ],
  [
    'a module without that agent',
    agentAt(at('puppet.agent.ts'), { type: 'other' }),
    'HEDDLE_AGENT_LOAD_FAILED',
    "'other'",
  ],
  ['a config that its lane refuses', lateLoaded({ apiKey: 7 }), 'HEDDLE_INVALID_CONFIG', 'apiKey:'],
  [
    'a config that is missing in its lane',
    lateLoaded(undefined),
    'HEDDLE_INVALID_CONFIG',
    "'secretive'",
  ],
]

onBothRuntimes('an agent that can’t be registered', ({ name, start, share }) => {
  const runtimeOf = share({ agents: [puppet] })

  test.each(unloadable)('is refused while running: %s', async (_, agent, code, ...parts) => {
    const register = () => runtimeOf().register(agent)
    await expectRefusedUnharmed(runtimeOf(), register, code, ...parts)
  })

  test.each([...unloadable.slice(0, 2), ...unloadable.slice(4, 7)])(
    'is refused at the start: %s',
    async (_, agent, code, ...parts) => {
      await expectRefusal(() => start({ agents: [puppet, agent] }), code, ...parts)
    },
  )

  test('is refused with the cause if its module could not be loaded', async () => {
    const agent = agentAt(at('bad/throws-at-import.ts'), { type: 'a' })
    const error = await expectRefusal(() => runtimeOf().register(agent), 'HEDDLE_AGENT_LOAD_FAILED')
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'broken at import' })
    expect(error.fields).toMatchObject({ agent: 'a', module: at('bad/throws-at-import.ts').href })
  })

  test('is one whose setup fails; with another config it can be', async () => {
    const runtime = runtimeOf()
    const tape = new Tape().buffer
    const bad = () => runtime.register(second.with({ tape, fail: true }))
    await expectRefusedUnharmed(runtime, bad, 'HEDDLE_SETUP_FAILED', "'second'", 'no connection')
    await runtime.register(second.with({ tape }))
    expect(await runtime.send(Have(), 'second/a')).toBe('hello from a class')
  })

  test('is one whose subscription another already has: no part of it stays', async () => {
    const runtime = runtimeOf()
    const twice = (type: string) =>
      closureAgent({
        type,
        subscriptions: [{ topic: 'twice' }, { topic: 'twice' }],
        handlers: (on) => [on(Unheard, () => {})],
      })
    const register = () => runtime.register(twice('doubled'))
    await expectRefusedUnharmed(runtime, register, 'HEDDLE_DUPLICATE_SUBSCRIPTION', 'twice')
  })

  test('is the later of two with the same type: the first one stays unchanged', async () => {
    const runtime = runtimeOf()
    const answers = (text: string) =>
      closureAgent({ type: 'contested', handlers: (on) => [on(Enter, () => text)] })
    const [first, other] = await Promise.allSettled([
      runtime.register(answers('first')),
      runtime.register(answers('second')),
    ])
    expect(first.status).toBe('fulfilled')
    expect(other).toMatchObject({ reason: { code: 'HEDDLE_DUPLICATE_AGENT' } })
    expect(await runtime.send(Enter('x'), 'contested/a')).toBe('first')
  })

  test('is the later of two modules with the same type: the first one stays unchanged', async () => {
    const runtime = runtimeOf()
    const [first, other] = await Promise.allSettled([
      runtime.register(puppet.as('contested-module')),
      runtime.register(
        agentAt(at('insider.agent.ts'), { type: 'insider', as: 'contested-module' }),
      ),
    ])
    expect([first.status, other.status]).toEqual(['fulfilled', 'rejected'])
    const answer = await runtime.send(Ask([{ do: 'value', value: 'first' }]), 'contested-module/a')
    expect(answer).toBe('first')
  })

  test('is a closure agent named by its module: it belongs on the main thread', {
    timeout: 2_000,
  }, async () => {
    const runtime = runtimeOf()
    const agent = agentAt(at('closure-module.ts'), { type: 'doorman' })
    const register = () => runtime.register(agent)
    await expectRefusedUnharmed(runtime, register, 'HEDDLE_AGENT_LOAD_FAILED', "'doorman'")
    await runtime.register(doorman)
    expect(await runtime.send(Knock(), 'doorman/a')).toBe('who is there?')
  })

  test('can be registered after it was refused', async () => {
    const runtime = await start({ agents: [puppet] })
    const agent = agentAt(at('bad/no-agent.ts'), { type: 'retried' })
    await expectRefusal(() => runtime.register(agent), 'HEDDLE_AGENT_LOAD_FAILED')
    await runtime.register(puppet.as('retried'))
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'retried/a')).toBe(1)
  })

  const onlyOnThreads: Bad[] = [
    [
      'an agent of a test file',
      inTestFile,
      'HEDDLE_AGENT_IN_TEST_FILE',
      "'in-test-file'",
      'bad-agents.test.ts',
      'module of its own',
    ],
    [
      'a config with a function',
      agentAt(at('puppet.agent.ts'), { type: 'puppet', as: 'b', config: { run: () => {} } }),
      'HEDDLE_CONFIG_NOT_CLONEABLE',
      "'b'",
      'build the rest in setup',
    ],
    [
      'a config with a function, checked',
      unclonable(),
      'HEDDLE_CONFIG_NOT_CLONEABLE',
      "'unclonable'",
    ],
    [
      'a module that starts a runtime',
      agentAt(at('bad/starts-a-runtime.ts'), { type: 'starter' }),
      'HEDDLE_RUNTIME_IN_LANE',
      'started inside a lane',
      "'starter'",
      'bad/starts-a-runtime.ts',
      'main thread',
    ],
  ]
  if (name === 'ThreadedRuntime') {
    test.each(onlyOnThreads)('is refused on threads: %s', async (_, agent, code, ...parts) => {
      const register = () => runtimeOf().register(agent)
      await expectRefusedUnharmed(runtimeOf(), register, code, ...parts)
    })
  } else {
    test('is not one that a single thread can load', async () => {
      for (const agent of [inTestFile, unclonable()]) await runtimeOf().register(agent)
    })
  }
})

function unclonable(): Registrable {
  return defineAgent(at('puppet.agent.ts').href, {
    type: 'unclonable',
    config: z.object({ run: z.any() }),
    handlers: (on) => [on(Act, () => {})],
  }).with({ run: () => {} })
}

test('with two lanes, an agent that one of them can’t load is on neither', async () => {
  const threaded = KINDS.find(({ name }) => name === 'ThreadedRuntime')
  const runtime = (await threaded?.start({ lanes: 2, agents: [puppet] })) as Runtime
  const agent = agentAt(at('bad/throws-at-import.ts'), { type: 'a' })
  await expectRefusal(() => runtime.register(agent), 'HEDDLE_AGENT_LOAD_FAILED')
  await expectRefusal(() => runtime.send(Ask([]), 'a/x'), 'HEDDLE_UNKNOWN_AGENT', 'known: puppet')
})
