import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Runtime, Snapshot } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Forget, forgetful } from '../fixtures/forgetful.agent.ts'
import { Act, Ask, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { Add, looker, Show, sharer } from '../fixtures/sharer.agent.ts'

const count: Step = { do: 'count' }
const put = (key: string, value: unknown): Step => ({ do: 'put', key, value })
const state: Step = { do: 'state' }
const boom: Step = { do: 'throw', text: 'broken' }
const EMPTY = { count: 0, kept: {}, notes: {} }

const tell = (runtime: Runtime, key: string, ...steps: Step[]) =>
  runtime.send(Ask(steps), `puppet/${key}`)

onBothRuntimes('state', ({ start, share }) => {
  const runtimeOf = share({
    agents: [puppet, puppet.as('twin'), puppet.as('third'), forgetful, sharer, looker],
    log: () => {},
  })

  test('belongs to one agent id', async () => {
    const runtime = runtimeOf()
    await tell(runtime, 'a', count, count, put('x', 1))
    await runtime.send(Ask([count]), 'twin/a')
    expect(await tell(runtime, 'a', state)).toMatchObject({ count: 2, notes: { x: { value: 1 } } })
    expect(await tell(runtime, 'b', state)).toEqual(EMPTY)
    expect(await runtime.send(Ask([state]), 'twin/a')).toMatchObject({ count: 1, notes: {} })
  })

  test('keeps nothing of a turn that failed, and goes on from before', async () => {
    const runtime = runtimeOf()
    await tell(runtime, 'failing', count, put('x', 1))
    await runtime.publish(Act([count, put('x', 2), put('y', 2), boom]), 'act/failing')
    await runtime.idle()
    const before = { count: 1, kept: { x: 1 }, notes: { x: { value: 1 } } }
    expect(await tell(runtime, 'failing', state)).toEqual(before)
    expect(await tell(runtime, 'failing', count)).toBe(2)
  })

  test('of a nested request that failed is taken back, and its caller’s is kept', async () => {
    const runtime = runtimeOf()
    const nested = [count, put('x', 1), boom]
    const script: Step[] = [
      count,
      { do: 'send', to: 'twin/nest', steps: [count] },
      { do: 'send', to: 'twin/nest', steps: nested, caught: true },
      count,
    ]
    await tell(runtime, 'nest', ...script)
    expect(await tell(runtime, 'nest', state)).toMatchObject({ count: 2 })
    expect(await runtime.send(Ask([state]), 'twin/nest')).toMatchObject({ count: 1, notes: {} })
  })

  test('of a request within a nested one is taken back with that one', async () => {
    const runtime = runtimeOf()
    const innermost: Step = { do: 'send', to: 'third/deep', steps: [count, put('x', 1)] }
    const inner: Step = { do: 'send', to: 'twin/deep', steps: [innermost, boom], caught: true }
    await tell(runtime, 'deep', innermost, inner)
    const kept = await runtime.send(Ask([state]), 'third/deep')
    expect(kept).toMatchObject({ count: 1, notes: { x: { value: 1 } } })
  })

  test('of a nested request is taken back when its caller fails later', async () => {
    const runtime = runtimeOf()
    const script: Step[] = [{ do: 'send', to: 'twin/later', steps: [count, put('x', 1)] }, boom]
    await runtime.publish(Act(script), 'act/later')
    await runtime.idle()
    expect(await runtime.send(Ask([state]), 'twin/later')).toMatchObject({ count: 0, notes: {} })
  })

  test('changes only within a turn: what a handler writes after its end is refused', async () => {
    const runtime = runtimeOf()
    await runtime.send(Forget('field'), 'forgetful/a')
    await runtime.send(Forget('entry'), 'forgetful/a')
    expect(await runtime.send(Forget('read'), 'forgetful/a')).toEqual({ late: 0, notes: [] })
  })

  test('changes only in its own turn: a reference that an earlier turn kept is refused in a later one', async () => {
    const runtime = runtimeOf()
    await runtime.send(Forget('keep'), 'forgetful/kept')
    expect(await runtime.send(Forget('use kept'), 'forgetful/kept')).toBe('HEDDLE_TURN_ENDED')
    expect(await runtime.send(Forget('read'), 'forgetful/kept')).toMatchObject({ late: 0 })
  })

  test.each(['reply', 'publish', 'send', 'emit', 'log'] as const)(
    'is the agent’s own after it was shown: by %s',
    async (way) => {
      const runtime = runtimeOf()
      const id = `sharer/${way}`
      await runtime.send(Show(way), id)
      expect(await runtime.send(Add(), id)).toBe(2)
      await runtime.send(Show(way), id)
      expect(await runtime.send(Add(), id)).toBe(3)
    },
  )

  test('is saved and loaded, whatever a field holds', async () => {
    const values = {
      list: [1, { two: 2 }],
      date: new Date(7),
      bytes: new Uint8Array([1, 2]),
      none: null,
    }
    const runtime = await start({ agents: [puppet, forgetful] })
    for (const [key, value] of Object.entries(values))
      await tell(runtime, 'a', count, put(key, value))
    await tell(runtime, 'b', put('x', 1))
    await runtime.idle()
    const snapshot = JSON.parse(JSON.stringify(await runtime.saveState())) as Snapshot
    expect(Object.keys(snapshot.agents)).toEqual(['puppet/a', 'puppet/b'])

    const other = await start({ agents: [puppet] })
    await tell(other, 'a', count)
    await tell(other, 'gone', count)
    await other.loadState(snapshot)
    expect(await tell(other, 'a', state)).toEqual({
      count: 4,
      kept: values,
      notes: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }])),
    })
    expect(await tell(other, 'gone', state)).toEqual(EMPTY)
    expect(await tell(other, 'a', count)).toBe(5)
    await other.loadState(snapshot)
    expect(await other.saveState()).toEqual(snapshot)
  })

  test('is saved with every change when nothing is in flight', async () => {
    const runtime = runtimeOf()
    const again: Step = { do: 'publish', steps: [count], topic: 'act/saved-2' }
    await tell(runtime, 'saved-1', count, again)
    await runtime.idle()
    const { agents } = await runtime.saveState()
    expect(agents['puppet/saved-1']).toEqual({ count: '1' })
    expect(agents['puppet/saved-2']).toEqual({ count: '1' })
  })

  test('survives being laid to rest, many times', async () => {
    const runtime = await start({ agents: [puppet], maxLiveKeys: 1 })
    const passivated: string[] = []
    runtime.inspect((record) => record.kind === 'passivated' && passivated.push(record.key))
    const turn = fc.record({ key: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() })
    const model = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 3, maxLength: 12 }), async (turns) => {
        for (const { key, fails } of turns) {
          const steps = [count, put(`note-${model.get(key) ?? 0}`, 1), ...(fails ? [boom] : [])]
          await runtime.publish(Act(steps), `act/${key}`)
          if (!fails) model.set(key, (model.get(key) ?? 0) + 1)
        }
        for (const key of model.keys()) {
          const { count, notes } = (await tell(runtime, key, state)) as {
            count: number
            notes: object
          }
          expect([count, Object.keys(notes).length]).toEqual([model.get(key), model.get(key)])
        }
      }),
      { numRuns: 20 },
    )
    expect(new Set(passivated)).toEqual(new Set(model.keys()))
    expect(runtime.stats().keys).toBe(model.size)
  })
})
