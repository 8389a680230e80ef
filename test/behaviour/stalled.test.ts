/** Keys without progress are reported, with what each waits for (D10). */
import { expect, test } from 'vitest'
import type { InspectRecord, Runtime, StalledKey } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'
import { Hold, holding, Try, trying } from '../fixtures/trying.agent.ts'

/** The keys that are reported as stalled until all of these agents have been. */
function stalledOf(runtime: Runtime, agents: readonly string[]): Promise<Map<string, StalledKey>> {
  const found = new Map<string, StalledKey>()
  const { promise, resolve } = Promise.withResolvers<Map<string, StalledKey>>()
  runtime.inspect((record) => {
    if (record.kind !== 'stalled') return
    for (const key of record.keys) found.set(key.agent, key)
    if (agents.every((agent) => found.has(agent))) resolve(found)
  })
  return promise
}

onBothRuntimes('a key without progress', ({ start }) => {
  test('is reported once, with what it waits for and since when', async () => {
    const { agent, entered, open } = gates()
    const runtime = await start({
      agents: [puppet, holding, trying, agent],
      limits: { desk: 1 },
      stallMs: 100,
    })
    const stalled = stalledOf(runtime, ['puppet/a', 'puppet/b', 'holding/c', 'holding/d', 'gate/a'])
    await runtime.publish(Act([{ do: 'gate', at: 'a' }]), 'act/a')
    await runtime.publish(Act([{ do: 'until-aborted' }]), 'act/b')
    await runtime.publish(Hold({ limit: 'desk', gate: 'c' }), 'hold/c')
    await entered('c')
    await runtime.publish(Hold({ limit: 'desk', gate: 'd', deadlineMs: 60_000 }), 'hold/d')
    const found = await stalled
    const waits = (name: string) => found.get(name)?.waitsFor
    expect(waits('puppet/a')).toMatchObject([{ kind: 'reply', from: 'gate/a' }])
    expect(waits('puppet/b')).toEqual([{ kind: 'handler' }])
    expect(waits('holding/c')).toMatchObject([{ kind: 'reply', from: 'gate/c' }])
    expect(waits('holding/d')).toMatchObject([{ kind: 'limit', limit: 'desk' }])
    expect(waits('gate/a')).toEqual([{ kind: 'handler' }])
    expect(found.get('puppet/a')).toMatchObject({ key: 'a', message: 'act', inFlight: 1 })
    expect(found.get('puppet/a')?.sinceMs).toBeGreaterThanOrEqual(100)
    expect(runtime.stats().stalled.map((key) => key.agent)).toContain('puppet/b')
    for (const at of ['a', 'c', 'd']) open(at)
  })

  test('is not reported while it makes progress, nor while it waits for its next attempt', async () => {
    const runtime = await start({ agents: [puppet, trying], stallMs: 10_000 })
    const records: InspectRecord[] = []
    runtime.inspect((record) => record.kind === 'stalled' && records.push(record))
    await runtime.publish(Try({ failures: 2 }), 'try/a')
    await runtime.idle()
    expect(records).toEqual([])
    expect(runtime.stats().stalled).toEqual([])
  })
})

onBothRuntimes('a key that fills a lane while others idle', ({ start, name }) => {
  test('is reported as hot', async () => {
    if (name === 'SingleThreadedRuntime') return // it has one lane
    const runtime = await start({ agents: [puppet], lanes: 2 })
    const { promise: hot, resolve } = Promise.withResolvers<InspectRecord>()
    runtime.inspect((record) => record.kind === 'hot-key' && resolve(record))
    const task = await runtime.run(Act([{ do: 'until-aborted' }]), 'act/hot')
    for (let n = 0; n < 100; n++) await runtime.publish(Act([]), 'act/hot')
    const lane = expect.toBeOneOf([0, 1])
    expect(await hot).toEqual({ kind: 'hot-key', key: 'hot', lane, inFlight: 101, idleLanes: 1 })
    task.cancel()
  })
})
