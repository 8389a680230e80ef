/** Errors are reported without being asked for (D10): here to a function, and to a logger. */
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import {
  type LogRecord,
  type Report,
  type Runtime,
  SingleThreadedRuntime,
  ThreadedRuntime,
  type ThreadedRuntimeOptions,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, Ask, puppet, type Step, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Threads } from '../fixtures/threads.ts'
import { Try, trying } from '../fixtures/trying.agent.ts'

const broken: Step = { do: 'throw', text: 'broken', code: 'E_BROKEN' }
const send = (to: string, caught: boolean): Step => ({ do: 'send', to, steps: [broken], caught })
const textOf = ({ text }: Pick<Report, 'text'>) => text

/** A function and a logger for reports, and what they got. */
function sinks() {
  const reports: Report[] = []
  const logged: LogRecord[] = []
  const report = (one: Report) => void reports.push(one)
  const log = (one: LogRecord) => void logged.push(one)
  return { reports, logged, report, log }
}

onBothRuntimes('trouble', ({ name, start }) => {
  /** Without the option that keeps other tests quiet. */
  async function startAsIs(options: ThreadedRuntimeOptions): Promise<Runtime> {
    const { lanes: _, ...single } = options
    const isSingle = name === 'SingleThreadedRuntime'
    const started = isSingle
      ? SingleThreadedRuntime.start(single)
      : ThreadedRuntime.start({ ...options, lanes: 1 })
    const runtime = await started
    onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
    return runtime
  }

  test('gets one report each, with the agent, its key, the message, the error and its code', async () => {
    const { reports, report } = sinks()
    const runtime = await start({ agents: [puppet, trying, collector().agent], report })
    await runtime.publish(Unheard('x'), 'akt/a')
    await runtime.publish(Act([broken]), 'act/a')
    await runtime.publish(Try({ failures: 1 }), 'try/b')
    await runtime.idle()
    expect(reports.map(textOf)).toEqual([
      expect.stringMatching(/^dead letter \(no-subscriber\): 'unheard' on 'akt\/a' .*mean 'act'/),
      expect.stringMatching(
        /^dead letter \(failed\): puppet\/a on 'act' \(.*: RangeError: broken \(E_BROKEN\), at .*puppet\.agent\.ts:\d+/,
      ),
      expect.stringMatching(
        /^retried: trying\/b on 'try' \(.*, attempt 1\), again in 40 ms: Error: as told/,
      ),
    ])
    const [letter] = await runtime.deadLetters.list({ reason: 'failed' })
    expect(reports[1]).toMatchObject({
      ...{ level: 'error', agent: 'puppet/a', more: 0, messageId: letter?.messageId },
      record: { kind: 'dead-letter', letter },
    })
  })

  test('that was the answer to a request is not reported', async () => {
    const { reports, report } = sinks()
    const runtime = await start({ agents: [puppet], report })
    await expectRefusal(() => runtime.send(Ask([broken]), 'puppet/a'), 'HEDDLE_REQUEST_FAILED')
    await runtime.publish(Act([send('puppet/b', true)]), 'act/a')
    await runtime.publish(Act([send('puppet/b', false)]), 'act/c')
    await runtime.idle()
    expect(reports.map(textOf)).toEqual([
      expect.stringMatching(/^dead letter \(failed\): puppet\/c .*HEDDLE_REQUEST_FAILED/),
    ])
    expect((await runtime.deadLetters.list()).map(({ answered }) => answered)).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  test('is reported to the runtime’s `log` option', async () => {
    const { logged, log } = sinks()
    const runtime = await startAsIs({ agents: [puppet], log })
    await runtime.publish(Act([{ do: 'log', text: 'noted' }, broken]), 'act/a')
    await runtime.idle()
    expect(logged).toMatchObject(
      [
        { kind: 'logged', level: 'info', text: 'noted', agent: 'puppet/a' },
        { kind: 'logged', level: 'error', text: /dead letter/, agent: 'puppet/a' },
      ].map((record) => ({ ...record, text: expect.stringMatching(record.text) })),
    )
    expect(logged[1]?.messageId).toBe(logged[0]?.messageId)
  })

  test('is not reported while somebody listens for it', async () => {
    const { logged, log } = sinks()
    const runtime = await startAsIs({ agents: [puppet, trying, collector().agent], log })
    const fail = async () => {
      await runtime.publish(Act([broken]), 'act/a')
      await runtime.publish(Try({ failures: 1 }), 'try/b')
      await runtime.idle()
      return logged.splice(0).map(({ text }) => text.split(':')[0])
    }
    const stopInspecting = runtime.inspect(() => {})
    expect(await fail()).toEqual([])
    stopInspecting()
    const stopWatching = runtime.deadLetters.watch(() => {})
    expect(await fail()).toEqual(['retried'])
    stopWatching()
    expect(await fail()).toEqual(['dead letter (failed)', 'retried'])
  })

  test('is reported whether or not somebody listens, if the option says so', async () => {
    const { reports, report } = sinks()
    const runtime = await start({ agents: [puppet], report })
    runtime.inspect(() => {})
    runtime.deadLetters.watch(() => {})
    await runtime.publish(Act([broken]), 'act/a')
    await runtime.idle()
    expect(reports).toHaveLength(1)
  })

  test('of a stalled key is reported though nobody inspects', async () => {
    const stalled = Promise.withResolvers<Report>()
    const runtime = await start({ agents: [puppet], stallMs: 100, report: stalled.resolve })
    await runtime.publish(Act([{ do: 'until-aborted' }]), 'act/a')
    const { text, level } = await stalled.promise
    expect(level).toBe('warn')
    expect(text).toMatch(/^stalled: puppet\/a on 'act' .*waits for its own handler$/)
  })

  test('that is repeated is counted in full when the runtime stops', async () => {
    const { reports, report } = sinks()
    const runtime = await start({ agents: [puppet], report })
    const many = 200
    const script = Act([broken])
    for (let n = 0; n < many; n++) await runtime.publish(script, `act/${n % 100}`)
    await runtime.idle()
    const { deadLetters } = await runtime.stop()
    expect(reports.length).toBeLessThan(50)
    expect(reports.reduce((sum, { more }) => sum + more + 1, 0)).toBe(many)
    expect(deadLetters).toEqual({
      total: many,
      byReason: { failed: many },
      kept: many,
      forgotten: 0,
    })
  })

  test('is in what stop resolves to: how many dead letters, why, and how many are kept', async () => {
    const runtime = await start({ agents: [puppet], deadLetters: { max: 2 } })
    await runtime.publish(Unheard('x'), 'akt/a')
    for (let n = 0; n < 3; n++) await runtime.publish(Act([broken]), 'act/a')
    await runtime.idle()
    await runtime.deadLetters.discard(({ id }) => id === 4)
    await runtime.publish(Act([{ do: 'until-aborted' }]), 'act/a')
    const { left, deadLetters } = await runtime.stop({ deadlineMs: 0 })
    expect(left).toBe(1)
    expect(deadLetters).toEqual({
      total: 5,
      byReason: { 'no-subscriber': 1, failed: 3, stopped: 1 },
      ...{ kept: 2, forgotten: 2 },
    })
  })

  if (name === 'SingleThreadedRuntime') return

  test('of a lane is reported when a turn ends it', async () => {
    const { reports, report } = sinks()
    const runtime = await start({ agents: [puppet], report })
    await runtime.publish(Act([{ do: 'die', untilAttempt: 9 }]), 'act/a')
    await runtime.idle()
    expectLines(reports, [
      /^lane died: lane 0, generation 0; 1 delivery runs again, ended by puppet\/a: /,
      /^lane died: lane 0, generation 1; .*ended by puppet\/a: /,
      /^dead letter \(poison\): puppet\/a on 'act' .*HEDDLE_POISON/,
    ])
  })

  test('of a lane is reported when it is ended from outside, and when it is given up', async () => {
    const { reports, report } = sinks()
    const threads = new Threads()
    const runtime = await start({ agents: [puppet], restarts: { max: 1 }, report })
    await threads.end(runtime, threads.all.at(-1) as Worker)
    await threads.end(runtime, threads.all.at(-1) as Worker)
    expectLines(reports, [
      /^lane died: lane 0, generation 0; 0 deliveries run again: .*HEDDLE_LANE_ENDED/,
      /^lane died: lane 0, generation 1; 0 deliveries run again: .*HEDDLE_LANE_ENDED/,
      /^lane given up: lane 0; the runtime is down, .*HEDDLE_RESTART_BUDGET/,
    ])
  })

  function expectLines(reports: readonly Report[], lines: readonly RegExp[]): void {
    const texts = reports.map(textOf)
    expect(texts).toHaveLength(lines.length)
    for (const line of lines) expect(texts).toContainEqual(expect.stringMatching(line))
  }
})

test('a simulated runtime reports nothing, unless its option says so', async () => {
  const { reports, report, logged, log } = sinks()
  for (const options of [{ log }, { report }]) {
    const { runtime } = await startSimulated({ agents: [puppet], ...options })
    await runtime.publish(Act([broken]), 'act/a')
    await runtime.idle()
    await runtime.stop()
  }
  expect([logged.length, reports.length]).toEqual([0, 1])
})
