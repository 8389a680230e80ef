/**
 * Calling a listener never throws (D10): an error of a listener is written as a few lines on
 * stderr, and all goes on.
 */
import { expect, onTestFinished, test, vi } from 'vitest'
import { Inspection } from '../../src/router/reports/inspection.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { uncaughtErrors } from '../fixtures/process-errors.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'
import { spoil } from '../fixtures/spoil.ts'

/** The texts are named, so that the lines of one test differ from those of others. */
const BREAKS = [
  [
    'throws',
    (text: string) => () => {
      throw new Error(text)
    },
  ],
  ['rejects', (text: string) => () => Promise.reject(new Error(text))],
  [
    'throws a value that has no string form',
    (text: string) => () => {
      throw Object.assign(Object.create(null), { text })
    },
  ],
] as const

const CALLS = ['log', 'report', 'inspect', 'deadLetters.watch'] as const

onBothRuntimes('a listener that throws', ({ start }) => {
  test.each(BREAKS)('%s: writes a few lines on stderr, and all goes on', async (_, broken) => {
    const lines = linesOnStderr()
    const uncaught = uncaughtErrors()
    const options = { log: broken('of log'), report: broken('of report') }
    const runtime = await start({ agents: [puppet], ...options })
    const heard: unknown[] = []
    runtime.inspect(broken('of inspect'))
    runtime.deadLetters.watch(broken('of watch'))
    runtime.deadLetters.watch((letter) => heard.push(letter))
    const count = 8
    for (let at = 0; at < count; at += 1) {
      const script = [{ do: 'log', text: 'x' } as const, { do: 'throw', text: 'no' } as const]
      await runtime.publish(Act(script), `act/${at}`)
    }
    await runtime.idle()
    await new Promise(setImmediate)
    expect(runtime.stats()).toMatchObject({ accepted: count, deadLettered: count })
    expect(heard).toHaveLength(count)
    expect(uncaught).toEqual([])
    for (const call of CALLS) {
      const own = lines.filter((line) => line.includes(` ${call} threw`))
      expect(own, call).toHaveLength(3)
      expect(own[2]).toContain('its next errors are not written')
    }
  })
})

/** Whether the record is whole and frozen. Parts that can't be frozen are copies. */
const isWhole = (news: object): boolean => Object.isFrozen(news) && Object.keys(news).length > 1

onBothRuntimes('a listener that changes its records', ({ start }) => {
  test('changes nothing: neither the records of others, nor what is kept, nor what follows', async () => {
    const uncaught = uncaughtErrors()
    const heard: object[] = []
    const listener = (news: object) => {
      heard.push(news)
      spoil(news)
    }
    const runtime = await start({ agents: [puppet], log: listener, report: listener })
    const kinds: string[] = []
    runtime.inspect(listener)
    runtime.inspect((record) => kinds.push(record.kind))
    runtime.deadLetters.watch(listener)
    const when = new Date(1)
    const script = [
      { do: 'log', text: 'x' } as const,
      { do: 'emit', event: { when } } as const,
      { do: 'throw', text: 'no' } as const,
    ]
    const task = await runtime.run(Act(script), 'act/a')
    spoil(await task.ended)
    for await (const event of task.events) listener(event)
    await runtime.idle()
    for (const letter of await runtime.deadLetters.list()) listener(letter)
    expect(heard.every(isWhole)).toBe(true)
    expect(kinds).toEqual(expect.arrayContaining(['accepted', 'logged', 'emitted', 'dead-letter']))
    expect(
      await runtime.deadLetters.list({ reason: 'failed', recipient: 'puppet/a' }),
    ).toMatchObject([{ id: 1, payload: script, reason: { error: { message: 'no' } } }])
    expect(await runtime.deadLetters.replay({ reason: 'failed' })).toBe(1)
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 2, deadLettered: 2, inFlight: 0 })
    expect(await runtime.deadLetters.discard(({ id }) => id === 2)).toBe(1)
    expect(uncaught).toEqual([])
  })

  test('has its own copy of what can’t be frozen: others see no change of it', async () => {
    const runtime = await start({ agents: [puppet] })
    const times: number[] = []
    const look = (record: object) => {
      const { event } = record as { event?: { when: Date } }
      if (event === undefined) return
      times.push(event.when.getTime())
      event.when.setTime(0)
    }
    runtime.inspect(look)
    runtime.inspect(look)
    const script = [{ do: 'emit', event: { when: new Date(7) } } as const]
    const task = await runtime.run(Act(script), 'act/a')
    for await (const event of task.events) look(event)
    expect(times).toEqual([7, 7, 7])
  })

  test('may add listeners while it is called, which get later records', async () => {
    const runtime = await start({ agents: [puppet] })
    let calls = 0
    const again = () => {
      if (++calls < 100) runtime.inspect(again)
    }
    runtime.inspect(again)
    await runtime.publish(Act([]), 'act/a')
    await runtime.idle()
    expect(calls).toBeLessThan(100) // the number of listeners doubles with each record
  })
})

test('a defect in reporting is a line on stderr, and no error of the code that reports', () => {
  const lines = linesOnStderr('error heddle: a report of trouble failed: ')
  const heed = () => {
    throw new TypeError('of its own')
  }
  const inspection = new Inspection(() => {}, { mode: 'always', heed })
  inspection.report({ kind: 'retracted', messageId: '1', agent: 'a/b' })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('TypeError: of its own')
})

/** The lines about broken listeners on stderr, until the end of the test. */
function linesOnStderr(start = 'error heddle: a listener of '): string[] {
  const lines: string[] = []
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text, ...rest: unknown[]) => {
    if (String(text).startsWith(start)) lines.push(String(text))
    const written = rest.at(-1)
    if (typeof written === 'function') written()
    return true
  })
  onTestFinished(() => spy.mockRestore())
  return lines
}
