/**
 * A request that nobody awaits fails its turn when it fails, unless it ended with the turn (D6).
 */
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

const Room = defineMessage('room', z.null())
const NoLimit = defineMessage('no-limit', z.null())
const RoomLate = defineMessage('room-late', z.null())
const hold = () => new Promise<void>((resolve) => setImmediate(resolve))

const topics = ['unknown', 'ends', 'refused', 'late', 'room', 'no-limit', 'room-late']
const hasty = closureAgent({
  type: 'hasty',
  subscriptions: topics.map((topic) => ({ topic })),
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
    on(Room, (_, turn) => void turn.withLimit('desk', hold)),
    on(NoLimit, (_, turn) => void turn.withLimit('dsek', hold)),
    on(RoomLate, (_, turn) => {
      setImmediate(() => void turn.withLimit('desk', hold))
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
    const runtime = await start({ agents: [puppet, hasty, refuser], limits: { desk: 1 } })
    const late: InspectRecord[] = []
    runtime.inspect((record) => void (record.kind === 'late-error' && late.push(record)))
    return { runtime, late }
  }

  test('fails its turn when it is refused', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(Unknown(null), 'unknown/a')
    await runtime.publish(Refused(null), 'refused/a')
    await runtime.idle()
    const reasons = (await runtime.deadLetters.list()).map(({ message, reason }) => [
      message,
      reason,
    ])
    const reasonOf = (code: string) => ({ kind: 'failed', error: { code } })
    expect(Object.fromEntries(reasons)).toMatchObject({
      unknown: reasonOf('HEDDLE_UNKNOWN_AGENT'),
      refused: reasonOf('HEDDLE_REQUEST_FAILED'),
    })
    expect(late).toEqual([])
  })

  test('ends with its turn, which does not fail; this is reported', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(Ends(null), 'ends/a')
    await runtime.publish(Late(null), 'late/a')
    await runtime.idle()
    await new Promise(setImmediate)
    await runtime.send(value, 'puppet/b')
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
    expect(await runtime.deadLetters.list()).toEqual([])
    const ended = { code: 'HEDDLE_TURN_ENDED', fields: { agent: 'hasty/a', call: 'send' } }
    const lost = "the request 'ask' to 'nobody/other'"
    const lostOne = { ...ended, fields: { ...ended.fields, lost } }
    const byMessage = late.map((record) => [record.kind === 'late-error' && record.message, record])
    expect(Object.fromEntries(byMessage)).toMatchObject({
      ends: { agent: 'hasty/a', error: { ...lostOne, message: expect.stringContaining(lost) } },
      late: { agent: 'hasty/a', error: ended },
    })
    expect(late).toHaveLength(2)
  })

  test('a limit that nobody awaits does not fail its turn either, and is reported as a limit', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(Room(null), 'room/a')
    await runtime.publish(RoomLate(null), 'room-late/a')
    await runtime.idle()
    await new Promise(setImmediate)
    await runtime.send(value, 'puppet/b')
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
    const ended = {
      code: 'HEDDLE_TURN_ENDED',
      fields: { agent: 'hasty/a', call: 'withLimit' },
    }
    const lost = { ...ended.fields, lost: "the wait for limit 'desk'" }
    const byMessage = late.map((record) => [record.kind === 'late-error' && record.message, record])
    expect(Object.fromEntries(byMessage)).toMatchObject({
      room: { agent: 'hasty/a', error: { ...ended, fields: lost } },
      'room-late': { agent: 'hasty/a', error: ended },
    })
    expect(late).toHaveLength(2)
  })

  test('an unknown limit fails the turn that names it, awaited or not', async () => {
    const { runtime, late } = await begin()
    await runtime.publish(NoLimit(null), 'no-limit/a')
    await runtime.idle()
    expect(await runtime.deadLetters.list()).toMatchObject([
      {
        reason: {
          kind: 'failed',
          error: { code: 'HEDDLE_UNKNOWN_LIMIT', fields: { limit: 'dsek', known: ['desk'] } },
        },
      },
    ])
    expect(late).toEqual([])
  })
})
