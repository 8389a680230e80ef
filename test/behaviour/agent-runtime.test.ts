/** One program, written against the interface alone, on every runtime. */
import { expect, onTestFinished, test } from 'vitest'
import type { AgentRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { KINDS, type Kind } from '../fixtures/both-runtimes.ts'
import { Act, Ask, puppet, Unheard } from '../fixtures/puppet.agent.ts'

const simulated: Kind['start'] = async (options = {}) => {
  const { runtime } = await startSimulated({ ...options, seed: 1 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}

async function program(runtime: AgentRuntime) {
  const watched: number[] = []
  const unwatch = runtime.deadLetters.watch(({ id }) => watched.push(id))
  const subscribed = runtime.subscribe({ topic: 'elsewhere', agent: 'puppet' })
  const published = runtime.publish(Act([{ do: 'count' }]), 'elsewhere/a') // in the same tick
  const id = await subscribed
  await published
  await runtime.publish(Unheard('x'), 'nowhere/a')
  await runtime.publish(Unheard('y'), 'nowhere/b')
  await runtime.idle()
  const count = await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')
  const { deadLetters } = runtime
  const listed = (await deadLetters.list({ topic: 'nowhere/b' })).map(({ payload }) => payload)
  const discarded = await deadLetters.discard({ topic: 'nowhere/a' })
  const replayed = await deadLetters.replay({ topic: 'nowhere/b' })
  await runtime.idle()
  unwatch()
  await runtime.unsubscribe(id)
  const refused = await runtime.unsubscribe(id).catch((error) => error.code)
  const task = await runtime.run(Act([]), 'act/a')
  const { stopReason } = await task.ended
  const { agents } = await runtime.saveState()
  return {
    ...{ count, listed, discarded, replayed, watched, refused, stopReason, agents },
    counts: await deadLetters.counts(),
    known: runtime.agents().map(({ type }) => type),
    inFlight: runtime.stats().inFlight,
  }
}

test.each([...KINDS, { name: 'simulated lanes', start: simulated }])(
  'on $name',
  async ({ start }) => {
    expect(await program(await start({ agents: [puppet] }))).toEqual({
      ...{ count: 2, listed: ['y'], discarded: 1, replayed: 1, watched: [1, 2, 3] },
      ...{ refused: 'HEDDLE_UNKNOWN_SUBSCRIPTION', stopReason: { kind: 'completed' } },
      agents: { 'puppet/a': { count: '2' } },
      counts: { total: 3, byReason: { 'no-subscriber': 3 }, kept: 1, forgotten: 0 },
      ...{ known: ['puppet'], inFlight: 0 },
    })
  },
)
