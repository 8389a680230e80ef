import { expect, test } from 'vitest'
import type { LogRecord } from '../../src/index.ts'
import { KINDS, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Report, type Step } from '../fixtures/puppet.agent.ts'

const REPORT: Step[] = [{ do: 'facts' }, { do: 'report' }]

interface Facts {
  readonly id: string
  readonly sender: string | undefined
  readonly topic: string | undefined
  readonly messageId: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly isMainThread: boolean
}

onBothRuntimes('a turn', ({ name, share }) => {
  const logged: LogRecord[] = []
  const { agent, said } = collector()
  const runtimeOf = share({
    agents: [puppet, puppet.as('twin'), agent],
    log: (record) => logged.push(record),
  })
  const facts = () => said.splice(0).map(({ value }) => value as Facts)

  test('knows its agent, its message, the sender and the topic', async () => {
    const runtime = runtimeOf()
    await runtime.publish(Act([{ do: 'publish', steps: REPORT, topic: 'act/b/c' }]), 'act/a')
    await runtime.idle()
    const [first] = facts().filter(({ id }) => id === 'puppet/b/c')
    expect(first).toMatchObject({ key: 'b/c', sender: 'puppet/a', topic: 'act/b/c', attempt: 1 })
    expect(first?.isMainThread).toBe(name === 'SingleThreadedRuntime')
    const asked = await runtime.send(Ask([{ do: 'facts' }]), 'puppet/a')
    expect(asked).toMatchObject({ sender: undefined, topic: undefined })
  })

  test.each(['puppet/other', 'twin/a'])(
    'that answers knows the sender, and no topic: %s',
    async (to) => {
      const script: Step[] = [{ do: 'send', to, steps: [{ do: 'facts' }] }]
      const asked = await runtimeOf().send(Ask(script), 'puppet/a')
      expect(asked).toMatchObject({ id: to, sender: 'puppet/a', topic: undefined })
    },
  )

  test('has the message id of its message, which all recipients share and no other message has', async () => {
    const runtime = runtimeOf()
    await runtime.publish(Act(REPORT), 'act/a')
    await runtime.publish(Act(REPORT), 'act/a')
    await runtime.idle()
    const ids = facts().map(({ id, messageId }) => [id, messageId])
    expect(ids).toHaveLength(4)
    const [one, other] = [...new Set(ids.map(([, messageId]) => messageId))]
    expect(new Set(ids.map(String))).toEqual(
      new Set(['puppet/a', 'twin/a'].flatMap((id) => [`${id},${one}`, `${id},${other}`])),
    )
  })

  test('has an idempotency key for each name, of its own', async () => {
    const runtime = runtimeOf()
    await runtime.publish(Act(REPORT), 'act/a')
    await runtime.idle()
    const keys = facts().map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(2) // two agents, one message
    expect(keys[0]).toContain('charge')
  })

  test('publishes by default to the message’s name and its own key', async () => {
    const runtime = runtimeOf()
    await runtime.send(Ask([{ do: 'publish', steps: REPORT }]), 'puppet/home')
    await runtime.idle()
    expect(facts()).toMatchObject([{ id: 'twin/home', topic: 'act/home', sender: 'puppet/home' }])
  })

  test('that failed has published nothing, and its log stays', async () => {
    const runtime = runtimeOf()
    logged.splice(0)
    const script: Step[] = [
      { do: 'log', text: 'before' },
      { do: 'report' },
      { do: 'throw', text: 'broken' },
    ]
    await runtime.publish(Act(script), 'act/log')
    await runtime.idle()
    expect(said).toEqual([])
    const by = (id: string) => ({
      level: 'info',
      text: 'before',
      fields: { step: 'log' },
      agent: id,
    })
    expect(logged).toMatchObject([by('puppet/log'), by('twin/log')])
    expect(logged[0]?.messageId).toBe((await runtime.deadLetters.list()).at(-1)?.messageId)
  })

  test('publishes what a nested request published only if both succeed', async () => {
    const runtime = runtimeOf()
    const nested = (...steps: Step[]): Step => ({
      do: 'send',
      to: 'twin/n',
      steps: [{ do: 'value', value: 'nested' }, { do: 'report' }, ...steps],
      caught: true,
    })
    const boom: Step = { do: 'throw', text: 'broken' }
    await runtime.send(Ask([nested(), nested(boom)]), 'puppet/n')
    await runtime.publish(Report({ by: 'test', value: 'done' }), 'report/n')
    await runtime.idle()
    expect(said.splice(0)).toEqual([
      { by: 'twin/n', value: 'nested' },
      { by: 'test', value: 'done' },
    ])
  })
})

test('a turn that died with its lane runs again: a higher attempt, the same ids', async () => {
  const threaded = KINDS.find((kind) => kind.name === 'ThreadedRuntime')
  const runtime = await threaded?.start({ agents: [puppet] })
  const shown: Step[] = [{ do: 'facts' }, { do: 'emit' }]
  // by the reply, its emitted events have left the lane
  const wait: Step = { do: 'send', to: 'puppet/b', steps: [] }
  const script = [...shown, wait, { do: 'die', untilAttempt: 2 } as const]
  const task = await runtime?.run(Act(script), 'act/a')
  const seen: unknown[] = []
  for await (const event of task?.events ?? []) {
    seen.push(event.kind === 'emitted' ? event.event : event.kind)
  }
  expect(seen).toHaveLength(3)
  const [first, retracted, second] = seen as [Facts, unknown, Facts]
  expect(retracted).toBe('retracted')
  expect(second).toEqual({ ...first, attempt: 2 })
  expect(first).toMatchObject({ id: 'puppet/a', attempt: 1 })
  expect(await task?.ended).toMatchObject({ stopReason: { kind: 'completed' } })
})
