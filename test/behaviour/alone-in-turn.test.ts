/**
 * One suspect can't end without another: it sends a request that waits behind the other (D6).
 */
import { expect, onTestFinished, test } from 'vitest'
import { ThreadedRuntime } from '../../src/index.ts'
import { careless, Sabotage } from '../fixtures/careless.agent.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'

test('a message that kills is found though a turn waits for an answer from behind it, and that turn is answered', async () => {
  const runtime = await ThreadedRuntime.start({ agents: [puppet, careless], lanes: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const deaths: string[][] = []
  runtime.inspect((record) => record.kind === 'lane-died' && deaths.push([...record.suspects]))
  const asking = Act([{ do: 'send', to: 'puppet/b', steps: [{ do: 'count' }] }])
  void runtime.publish(asking, 'act/a')
  void runtime.publish(Sabotage('going on'), 'sabotage/b')
  await runtime.idle()
  expect(await runtime.deadLetters.list()).toMatchObject([
    { recipient: 'careless/b', reason: { kind: 'poison' } },
  ])
  expect(runtime.stats()).toMatchObject({ handled: 2, deadLettered: 1 })
  expect(deaths.length).toBeLessThanOrEqual(3)
})
