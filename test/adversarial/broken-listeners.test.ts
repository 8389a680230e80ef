/** Telling never throws (D10): what a listener throws is a few lines on stderr, and all goes on. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { uncaughtErrors } from '../fixtures/process-errors.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'

/** Named, so that the lines of one test are told from those of others. */
const BREAKS = [
  [
    'throws',
    (text: string) => () => {
      throw new Error(text)
    },
  ],
  ['rejects', (text: string) => () => Promise.reject(new Error(text))],
  [
    'throws what has no text',
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

/** What is written there of broken listeners, to the end of the test. */
function linesOnStderr(): string[] {
  const lines: string[] = []
  const start = 'error heddle: a listener of '
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text, ...rest: unknown[]) => {
    if (String(text).startsWith(start)) lines.push(String(text))
    const written = rest.at(-1)
    if (typeof written === 'function') written()
    return true
  })
  onTestFinished(() => spy.mockRestore())
  return lines
}
