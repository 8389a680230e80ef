import { isMainThread, threadId } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { closureAgent, systemClock } from '../../src/index.ts'
import { countsFrom, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, Enter, puppet, Report } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

onBothRuntimes('a closure agent', ({ share }) => {
  const log: string[] = []
  const threads = new Set<unknown>()
  const holds = new Map<string, PromiseWithResolvers<void>>()
  const hold = (id: string) => {
    holds.set(id, Promise.withResolvers())
    return holds.get(id)?.promise
  }
  const slow = closureAgent({
    type: 'slow',
    description: 'Takes its time.',
    handlers: (on) => [
      on(Report, async ({ by, value }, turn) => {
        threads.add(`${isMainThread} ${threadId}`)
        log.push(`${turn.key} ${value} begins`)
        await holds.get(`${turn.key} ${value}`)?.promise
        log.push(`${turn.key} ${value} ends`)
        if (by === 'broken') throw new RangeError('broken')
        if (by === 'asks') log.push(String(await turn.send(Ask([{ do: 'count' }]), 'puppet/a')))
        if (by === 'tells') turn.publish(Act([{ do: 'report', topic: 'other/x' }]))
      }),
    ],
  })
  const other = closureAgent({
    type: 'other',
    handlers: (on) => [
      on(Report, ({ value }, turn) => void log.push(`other ${turn.key} ${value}`)),
    ],
  })
  const gated = gates()
  const runtimeOf = share({ agents: [puppet, slow, other, gated.agent] })
  const taken = () => log.splice(0)
  /** Resolves when this entry is in the log. */
  const logged = async (entry: string) => {
    while (!log.includes(entry)) await new Promise<void>((next) => systemClock.soon(next))
  }
  const say = (value: number, key = 'a', by = 'test') =>
    runtimeOf().publish(Report({ by, value }), `report/${key}`)

  test('runs on the main thread', async () => {
    await say(1)
    await runtimeOf().idle()
    expect([...threads]).toEqual([`${isMainThread} ${threadId}`])
    taken()
  })

  test('handles one message at a time for its id, in order', async () => {
    hold('a 1')
    await say(1)
    await say(2)
    await logged('a 1 begins')
    await logged('other a 2')
    holds.get('a 1')?.resolve()
    await runtimeOf().idle()
    const own = taken().filter((entry) => entry.startsWith('a '))
    expect(own).toEqual(['a 1 begins', 'a 1 ends', 'a 2 begins', 'a 2 ends'])
  })

  test('holds up no other id, and no other agent of its key', async () => {
    hold('a 1')
    await say(1, 'a')
    await say(1, 'b')
    for (const entry of ['a 1 begins', 'other a 1', 'b 1 ends', 'other b 1']) await logged(entry)
    expect(await runtimeOf().send(Ask([{ do: 'value', value: 'on' }]), 'puppet/a')).toBe('on')
    expect(log).not.toContain('a 1 ends')
    holds.get('a 1')?.resolve()
    await runtimeOf().idle()
    taken()
  })

  test('sends requests and publishes as any agent does', async () => {
    await say(1, 'k', 'asks')
    await runtimeOf().idle()
    expect(taken()).toContain('1')
  })

  test('answers requests', async () => {
    gated.open('answers')
    expect(await runtimeOf().send(Enter('answers'), 'gate/any')).toBe('answers')
  })

  test('that throws leaves a dead letter', async () => {
    const counts = countsFrom(runtimeOf())
    await say(1, 'k', 'broken')
    await runtimeOf().idle()
    expect(counts()).toMatchObject({ accepted: 2, handled: 1, deadLettered: 1 })
    expect((await runtimeOf().deadLetters.list()).at(-1)).toMatchObject({
      recipient: 'slow/k',
      reason: { kind: 'failed', error: { name: 'RangeError' } },
    })
    taken()
  })

  test('is listed as a closure agent', () => {
    const known = runtimeOf().agents()
    expect(known.find(({ type }) => type === 'slow')).toEqual({
      type: 'slow',
      description: 'Takes its time.',
      kind: 'closure',
      messages: ['report'],
      requests: [],
      limits: [],
      subscriptions: [{ topic: 'report' }],
    })
    expect(known.find(({ type }) => type === 'puppet')).toMatchObject({ kind: 'module' })
  })

  test('has no state of its own', async () => {
    const agent = closureAgent({
      type: 'stateful',
      handlers: (on) => [
        on(Enter, (text, turn) => {
          ;(turn.state as Record<string, unknown>).text = text
          return text
        }),
      ],
    })
    await runtimeOf().register(agent)
    await expectRefusal(() => runtimeOf().send(Enter('x'), 'stateful/a'), 'HEDDLE_REQUEST_FAILED')
  })
})
