/** A listener of a turn's signal may cancel another task, and its thread goes on (D4). */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { closureAgent, defineMessage, defineRequest, type TaskHandle } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'

const Wait = defineMessage('wait')
const Ping = defineRequest('ping', { reply: z.string() })

onBothRuntimes('a task', ({ start }) => {
  test('may be cancelled by what hears that a turn of another one is', async () => {
    const tasks: TaskHandle[] = []
    let entered = Promise.withResolvers<void>()
    const waiting = closureAgent({
      type: 'waiting',
      subscriptions: [{ topic: 'wait' }],
      handlers: (on) => [
        on(Wait, (_, { key, signal }) => {
          entered.resolve()
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              if (key === 'first') tasks[1]?.cancel('as well')
              resolve(undefined)
            })
          })
        }),
        on(Ping, () => 'on'),
      ],
    })
    const runtime = await start({ agents: [waiting] })
    for (const key of ['first', 'second']) {
      tasks.push(await runtime.run(Wait(), `wait/${key}`))
      await entered.promise
      entered = Promise.withResolvers()
    }
    tasks[0]?.cancel('enough')
    const reasons = await Promise.all(tasks.map(async ({ ended }) => (await ended).stopReason))
    expect(reasons).toEqual([
      { kind: 'cancelled', reason: 'enough' },
      { kind: 'cancelled', reason: 'as well' },
    ])
    expect(await runtime.send(Ping(), 'waiting/third')).toBe('on')
  })
})
