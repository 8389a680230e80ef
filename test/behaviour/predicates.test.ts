/**
 * A predicate returns synchronously. A promise would always count as true, so it is refused.
 */
import { expect, test } from 'vitest'
import type { Message } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { AskChoose, Choose, Fail, undecided } from '../fixtures/undecided.agent.ts'

onBothRuntimes('a predicate that does not answer at once', ({ share }) => {
  const runtimeOf = share({ agents: [undecided] })
  const letterOf = async (message: Message) => {
    const runtime = runtimeOf()
    await runtime.publish(message, `${message.name}/a`)
    await runtime.idle()
    const letter = (await runtime.deadLetters.list()).find((one) => one.message === message.name)
    await runtime.deadLetters.discard({ message: message.name })
    if (letter?.reason.kind !== 'failed') throw new Error('no turn has failed')
    return { error: letter.reason.error, attempts: letter.attempts }
  }

  test('takes no message: the turn fails, and its error names the agent', async () => {
    const { error } = await letterOf(Choose())
    expect(error.code).toBe('HEDDLE_INVALID_OPTION')
    expect(error.message).toContain('match of agent undecided on choose')
    expect(error.message).toContain('a promise is always true')
  })

  test('answers no request', async () => {
    const ask = () => runtimeOf().send(AskChoose(), 'undecided/a')
    const words = ['match of agent undecided on ask-choose', 'a promise is always true']
    await expectRefusal(ask, 'HEDDLE_REQUEST_FAILED', ...words)
  })

  test.each([
    ['promise', 'a promise is always true'],
    ['throw', 'an odd predicate'],
  ] as const)(
    'ends the retries by its %s, which is reported beside the failure',
    async (how, why) => {
      const { error, attempts } = await letterOf(Fail(how))
      expect(attempts).toBe(1)
      expect(error).toMatchObject({ name: 'TypeError', code: 'OWN' })
      expect(error.message).toContain(`${how}; not tried again`)
      expect(error.message).toContain("'unless' in the retry policy of agent undecided on 'fail'")
      expect(error.message).toContain(why)
    },
  )
})
