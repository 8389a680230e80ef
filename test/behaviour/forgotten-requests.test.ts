/** A request that nobody awaits fails its turn when it fails, unless it ended with the turn (D6). */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { closureAgent, defineMessage, defineRequest, type InspectRecord } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { deafenTestRunner } from '../fixtures/process-errors.ts'
import { Ask, puppet } from '../fixtures/puppet.agent.ts'

const Unknown = defineMessage('unknown', z.null())
const Ends = defineMessage('ends', z.null())
const Refused = defineMessage('refused', z.null())
const Late = defineMessage('late', z.null())
const Refuse = defineRequest('refuse', { payload: z.null(), reply: z.null() })

const value = Ask([{ do: 'value', value: 1 }])

const hasty = closureAgent({
  type: 'hasty',
  subscriptions: ['unknown', 'ends', 'refused', 'late'].map((topic) => ({ topic })),
  handlers: (on) => [
    on(Unknown, async (_, turn) => {
      void turn.send(value, 'nobody/other')
      await turn.send(value, 'puppet/a')
    }),
    on(Ends, (_, turn) => void turn.send(value, 'nobody/other')),
    on(Refused, async (_, turn) => {
      void turn.send(Refuse(null), 'refuser/b')
      await turn.send(value, 'puppet/b')
      await turn.send(value, 'puppet/b')
    }),
    on(Late, (_, turn) => {
      setImmediate(() => void turn.send(value, 'puppet/a'))
    }),
  ],
})
const refuser = closureAgent({
  type: 'refuser',
  handlers: (on) => [
    on(Refuse, () => {
      throw new Error('no')
    }),
  ],
})

onBothRuntimes('a request that nobody awaits', ({ start }) => {
  const begin = async () => {
    deafenTestRunner()
    const runtime = await start({ agents: [puppet, hasty, refuser] })
    const late: InspectRecord[] = []
    runtime.inspect((record) => void (record.kind === 'late-error' && late.push(record)))
    return { runtime, late }
  }

  test('fails its turn when it is refused', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(Unknown(null), 'unknown/a')
    await runtime.publish(Refused(null), 'refused/a')
    await runtime.idle()
    const reasons = runtime.deadLetters.list().map(({ message, reason }) => [message, reason])
    const reasonOf = (code: string) => ({ kind: 'failed', error: { code } })
    expect(Object.fromEntries(reasons)).toMatchObject({
      unknown: reasonOf('HEDDLE_UNKNOWN_AGENT'),
      refused: reasonOf('HEDDLE_REQUEST_FAILED'),
    })
    expect(late).toEqual([])
  })

  test('ends with its turn, which does not fail; it is told', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(Ends(null), 'ends/a')
    await runtime.publish(Late(null), 'late/a')
    await runtime.idle()
    await new Promise(setImmediate)
    await runtime.send(value, 'puppet/b')
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
    expect(runtime.deadLetters.list()).toEqual([])
    const ended = { code: 'HEDDLE_TURN_ENDED', fields: { agent: 'hasty/a', call: 'send' } }
    const told = late.map((record) => [record.kind === 'late-error' && record.message, record])
    expect(Object.fromEntries(told)).toMatchObject({
      ends: { agent: 'hasty/a', error: ended },
      late: { agent: 'hasty/a', error: ended },
    })
    expect(late).toHaveLength(2)
  })
})
