/** Whatever blocks a lane, every call that waits for the lane gets an answer. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  agentAt,
  defineAgent,
  defineResource,
  type ErrorCode,
  type InspectRecord,
  type Runtime,
  SingleThreadedRuntime,
  type StopReport,
  ThreadedRuntime,
} from '../../src/index.ts'
import { type SimulatedOptions, startSimulated } from '../../src/testing/index.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Leave, steady, Where } from '../fixtures/steady.agent.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { ENV } from '../fixtures/unanswering.agent.ts'

const module = new URL('../fixtures/unanswering.agent.ts', import.meta.url)
const agents = [agentAt(module, { type: 'unanswering' })]
/** A thread with nothing to wait for loads an agent within this time, even on a busy machine. */
const LOAD_MS = 4_000
const SOON_MS = 1_000
/** Far more than a bounded wait takes, and far less than an unbounded one. */
const ENDS_MS = 45_000

function envFor(way: string, from?: number): Record<string, string> {
  const env = { [ENV.way]: way }
  if (from === undefined) return env
  return { ...env, [ENV.from]: String(from), [ENV.file]: join(tempFolder('unanswering'), 'log') }
}

async function records(runtime: Runtime, until: InspectRecord['kind']): Promise<InspectRecord[]> {
  const seen: InspectRecord[] = []
  await new Promise<void>((resolve) => {
    runtime.inspect((record) => {
      seen.push(record)
      if (record.kind === until) resolve()
    })
  })
  return seen
}

describe('a thread that does not come back from loading an agent', { timeout: ENDS_MS }, () => {
  const ways: [way: string, setupDeadlineMs: number, code: ErrorCode, ...parts: string[]][] = [
    ['import awaits', SOON_MS, 'HEDDLE_AGENT_LOAD_FAILED'],
    ['import spins', SOON_MS, 'HEDDLE_AGENT_LOAD_FAILED', 'lane 0', "the import of 'unanswering'"],
    ['setup awaits', LOAD_MS, 'HEDDLE_SETUP_FAILED'],
    ['setup spins', LOAD_MS, 'HEDDLE_SETUP_FAILED', 'lane 0', "the setup of 'unanswering'"],
  ]

  test.concurrent.for(ways)(
    'is reported at the start: %s',
    async ([way, setupDeadlineMs, ...expected]) => {
      const start = () =>
        ThreadedRuntime.start({ lanes: 1, agents, setupDeadlineMs, laneEnv: envFor(way) })
      const [code, ...parts] = expected
      await expectRefusal(start, code, "'unanswering'", ...parts)
    },
  )

  // of this test alone: the global one is of whichever of those at once began last
  test.concurrent('is ended, and its lane goes on without the agent', async ({
    onTestFinished,
  }) => {
    const laneEnv = envFor('import spins')
    const setupDeadlineMs = LOAD_MS
    const options = { lanes: 1, agents: [steady], setupDeadlineMs, laneEnv }
    const runtime = await ThreadedRuntime.start(options)
    onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
    const restarted = records(runtime, 'lane-started')
    const register = () => runtime.register(agents[0] as never)
    await expectRefusal(register, 'HEDDLE_AGENT_LOAD_FAILED', 'was ended')
    expect(await restarted).toMatchObject([
      { kind: 'lane-died', cause: { code: 'HEDDLE_AGENT_LOAD_FAILED' }, suspects: [] },
      { kind: 'lane-started', generation: 1 },
    ])
    expect(await runtime.send(Where(), 'steady/a')).toBe(0)
  })

  test.concurrent.for(['import awaits', 'import spins', 'setup awaits', 'setup spins'])(
    'is not waited for at the stop when it is a replacement: %s',
    async (way) => {
      const laneEnv = envFor(way, 2)
      const runtime = await ThreadedRuntime.start({ lanes: 2, agents, laneEnv })
      expect(runtime.stats().health).toBe('sound')
      const died = records(runtime, 'lane-died')
      await runtime.publish(Leave(), 'leave/a')
      await died
      expect(runtime.stats().health).toBe('degraded')
      const { problems } = await runtime.stop({ deadlineMs: 100 })
      expect(problems.filter(({ of }) => of !== 'lane')).toEqual([])
    },
  )
})

test('on one thread, a module whose import never ends is reported', async () => {
  vi.stubEnv(ENV.way, 'import awaits')
  onTestFinished(() => void vi.unstubAllEnvs())
  const fresh = [agentAt(new URL('?awaits', module), { type: 'unanswering' })]
  const start = () => SingleThreadedRuntime.start({ agents: fresh, setupDeadlineMs: 50 })
  await expectRefusal(start, 'HEDDLE_AGENT_LOAD_FAILED', 'not imported within 50 ms')
})

describe('a lane that does not answer, in simulated time', () => {
  async function started(options: SimulatedOptions): Promise<Runtime> {
    const { runtime } = await startSimulated({ agents: [puppet], ...options })
    onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
    return runtime
  }

  test('is reported at the start', async () => {
    const stuckAt = (at: 'start' | 'load') => () =>
      started({ stuck: [{ lane: 1, at }], setupDeadlineMs: 500 })
    const parts = ['lane 1', 'not answer within 2500 ms']
    await expectRefusal(stuckAt('start'), 'HEDDLE_LANE_START_FAILED', ...parts)
    await expectRefusal(stuckAt('load'), 'HEDDLE_SETUP_FAILED', "'puppet'", ...parts)
  })

  /** For either lane, its first `most` replacements are stuck. */
  function replaced(at: 'start' | 'load', most: number) {
    const generations = Array.from({ length: most }, (_, index) => index + 1)
    return [0, 1].flatMap((lane) => generations.map((generation) => ({ lane, generation, at })))
  }

  /**
   * One lane dies. `heard` has the kinds of the inspect records of lanes, each with the health at
   * that moment.
   */
  async function oneDies(options: SimulatedOptions) {
    const kills = { probability: 1, most: 1 }
    const runtime = await started({ kills, ...options })
    const heard: string[] = []
    const died = Promise.withResolvers<void>()
    const decided = Promise.withResolvers<void>()
    runtime.inspect(({ kind }) => {
      if (!kind.startsWith('lane-')) return
      heard.push(`${kind} ${runtime.stats().health}`)
      ;(kind === 'lane-died' ? died : decided).resolve()
    })
    for (const key of ['a', 'b', 'c', 'd']) {
      await runtime.publish(Act([{ do: 'count' }]), `act/${key}`)
    }
    await died.promise
    return { runtime, heard, decided: decided.promise }
  }

  test.each(['start', 'load'] as const)(
    'is given up when none of its replacements does, and its keys move: %s',
    async (at) => {
      const { runtime, heard, decided } = await oneDies({ stuck: replaced(at, 3) })
      await Promise.all([decided, runtime.idle()])
      expect(heard).toEqual(['lane-died degraded', 'lane-gone degraded'])
      expect(runtime.stats()).toMatchObject({ handled: 4, health: 'degraded' })
    },
  )

  test.each(['start', 'load'] as const)(
    'is replaced when one of its replacements does: %s',
    async (at) => {
      const { runtime, heard, decided } = await oneDies({ stuck: replaced(at, 2) })
      await Promise.all([decided, runtime.idle()])
      expect(heard).toEqual(['lane-died degraded', 'lane-started sound'])
      expect(runtime.stats()).toMatchObject({ handled: 4, health: 'sound' })
    },
  )

  test.each(['start', 'load'] as const)(
    'is not waited for at the stop while it is replaced: %s',
    async (at) => {
      const { runtime, heard } = await oneDies({ stuck: replaced(at, 3), setupDeadlineMs: 60_000 })
      await runtime.stop({ deadlineMs: 100 })
      expect(heard).toEqual(['lane-died degraded'])
    },
  )
})

function problemsOf(report: StopReport) {
  return report.problems.map(({ lane, of, name, error }) => [lane, of, name, error.message])
}

describe('a dispose that fails or does not end', { timeout: ENDS_MS }, () => {
  const own: [way: string, of: string, name: string | undefined, message: string][] = [
    ['dispose throws', 'agent', 'unanswering', 'out of range'],
    ['resource throws', 'resource', 'handle', 'no such handle'],
    ['dispose leaves', 'agent', 'unanswering', 'left behind'],
    ['resource leaves', 'resource', 'handle', 'left'],
    ['dispose awaits', 'agent', 'unanswering', 'it did not end within 1500 ms'],
  ]

  test.for(own)('is reported on one thread: %s', async ([way, ...expected]) => {
    const runtime = await SingleThreadedRuntime.start({ agents })
    vi.stubEnv(ENV.way, way)
    onTestFinished(() => void vi.unstubAllEnvs())
    const failed = records(runtime, 'dispose-failed')
    expect(problemsOf(await runtime.stop())).toEqual([[0, ...expected]])
    expect(await failed).toMatchObject([{ kind: 'dispose-failed', lane: 0, of: expected[0] }])
  })

  const onThreads: typeof own = [
    ...own,
    [
      'dispose spins',
      'lane',
      undefined,
      'its thread did not dispose its agents and resources within 2000 ms',
    ],
  ]
  test.concurrent.for(onThreads)('is reported on threads: %s', async ([way, of, name, message]) => {
    const runtime = await ThreadedRuntime.start({ lanes: 1, agents, laneEnv: envFor(way) })
    expect(await runtime.send(Where(), 'unanswering/a')).toBe(0)
    const failed = records(runtime, 'dispose-failed')
    const [problem, ...others] = problemsOf(await runtime.stop())
    expect(problem).toEqual([0, of, name, expect.stringContaining(message)])
    expect(others).toEqual([])
    expect(await failed).toMatchObject([{ kind: 'dispose-failed', lane: 0, of }])
  })

  test('does not keep the rest from being disposed', async () => {
    const disposed: string[] = []
    const own = (name: string, dispose: () => Promise<void> | void) => {
      return defineResource({ name, setup: () => ({}), dispose })
    }
    const hanging = defineAgent(import.meta.url, {
      type: 'hanging',
      uses: {
        quick: own('quick', () => void disposed.push('quick')),
        slow: own('slow', async () => void disposed.push('slow')),
        hangs: own('hangs', () => new Promise(() => {})),
      },
      handlers: (on) => [on(Where, () => 0)],
    })
    const runtime = await SingleThreadedRuntime.start({ agents: [hanging] })
    expect(problemsOf(await runtime.stop())).toEqual([[0, 'resource', 'hangs', expect.anything()]])
    expect(disposed).toEqual(['slow', 'quick'])
  })

  test('is reported in simulated time, where the lane does not answer at all', async () => {
    const stuck = [{ lane: 1, at: 'close' }] as const
    const { runtime } = await startSimulated({ agents: [puppet], stuck })
    const report = await runtime.stop()
    expect(problemsOf(report)).toEqual([[1, 'lane', undefined, expect.stringContaining('2000 ms')]])
  })
})
