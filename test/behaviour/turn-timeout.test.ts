import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Count, Linger, lingering } from '../fixtures/trying.agent.ts'

onBothRuntimes('a turn that takes too long', ({ start, name }) => {
  test('is aborted, and its attempt has failed', async () => {
    const runtime = await start({ agents: [lingering] })
    await runtime.publish(Linger({ attempts: 9, deaf: false }), 'linger/a')
    await runtime.idle()
    expect(await runtime.deadLetters.list()).toMatchObject([
      {
        attempts: 2,
        reason: {
          kind: 'failed',
          error: { code: 'HEDDLE_TURN_TIMEOUT', fields: { limitMs: 200 } },
        },
        history: [{ kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT' } }],
      },
    ])
  })

  test('is given up when it does not end; its key goes on, from the state before it', async () => {
    const { agent, values } = collector()
    const runtime = await start({ agents: [lingering, agent], turnGraceMs: 1 })
    await runtime.publish(Linger({ attempts: 1, deaf: true }), 'linger/a')
    await runtime.publish(Count(), 'count/a')
    await runtime.idle()
    expect(values()).toEqual([2]) // the second attempt counted once, the first not at all
    expect(runtime.stats()).toMatchObject({ handled: 3, deadLettered: 0 })
  })

  test('is given up as cancelled when it is cancelled and does not end', async () => {
    const runtime = await start({ agents: [lingering], turnGraceMs: 1 })
    const task = await runtime.run(Linger({ attempts: 9, deaf: true }), 'linger/a')
    const counted = runtime.publish(Count(), 'count/a')
    task.cancel('enough')
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'enough' })
    await counted
    await runtime.idle()
    expect((await runtime.saveState()).agents).toMatchObject({ 'lingering/a': { count: '1' } })
    expect(runtime.stats()).toMatchObject({ cancelled: 1, handled: 1 })
  })

  test('is aborted though it holds the thread, and the turn before it has not been reported', async () => {
    if (name === 'SingleThreadedRuntime') return // a turn that holds the thread holds up the router
    const runtime = await start({ agents: [puppet], turnTimeoutMs: 200 })
    await runtime.publish(Act([{ do: 'count' }]), 'act/a')
    await runtime.idle()
    void runtime.publish(Act([{ do: 'count' }]), 'act/a')
    await runtime.publish(Act([{ do: 'spin' }]), 'act/a')
    await runtime.idle()
    const reason = { kind: 'failed', error: { code: 'HEDDLE_TURN_TIMEOUT' } }
    expect(await runtime.deadLetters.list()).toMatchObject([{ attempts: 1, reason }])
    expect(runtime.stats()).toMatchObject({ handled: 2, lanes: [{ generation: 0 }, {}] })
  })

  test('has the runtime’s limit if its agent has none', async () => {
    const runtime = await start({ agents: [puppet], turnTimeoutMs: 100 })
    const asked = runtime.send(Ask([{ do: 'until-aborted' }]), 'puppet/a')
    const error = await expectRefusal(() => asked, 'HEDDLE_REQUEST_FAILED')
    expect(error.cause).toMatchObject({ code: 'HEDDLE_TURN_TIMEOUT', fields: { limitMs: 100 } })
  })
})
