/** The thread's side, here on the main thread: what its port says, and when. */
import { once } from 'node:events'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { poolCallOf } from '../../src/tools/module-call.ts'
import type { ModuleTool } from '../../src/tools/module-tool.ts'
import { TakenProgress } from '../../src/tools/paced-progress.ts'
import { packReason } from '../../src/tools/thread-call.ts'
import { definitionOf, type ToolDefinition } from '../../src/tools/tool-definition.ts'
import { runCall } from '../../src/tools/tool-thread.ts'
import { add, wait } from '../fixtures/tools/steady.tools.ts'

const info = { callId: '1', agent: '', idempotencyKey: '1', forModel: false }
const callOf = (tool: ModuleTool, args: object) => {
  return poolCallOf(definitionOf(tool) as ToolDefinition, args, info)
}

test('an abort that overtakes its call ends it before its tool begins; others go on', async () => {
  const { port1, port2 } = new MessageChannel()
  const first = await runCall({
    id: 1,
    call: callOf(add, { a: 1, b: 1 }),
    first: { port: port2, taken: new TakenProgress().taken },
  })
  expect(first).toEqual({ kind: 'done', value: 2 })
  expect(receiveMessageOnPort(port1)?.message).toEqual({ kind: 'began', id: 1 })
  const heard = once(port2, 'message')
  port1.postMessage({ kind: 'abort', id: 3, reason: packReason(new TypeError('enough')) })
  await heard
  const second = await runCall({ id: 2, call: callOf(add, { a: 2, b: 1 }) })
  expect(second).toEqual({ kind: 'done', value: 3 })
  expect(receiveMessageOnPort(port1)).toBeUndefined() // its tool has begun here before
  const third = await runCall({ id: 3, call: callOf(wait, {}) })
  const error = expect.objectContaining({ name: 'TypeError', message: 'enough' })
  expect(third).toEqual({ kind: 'failed', error })
  expect(receiveMessageOnPort(port1)).toBeUndefined()
  port1.close()
})

test.for<[unknown, unknown]>([
  ['enough', 'enough'],
  [7, 7],
  [undefined, undefined],
  [() => {}, 'a function'],
])('a reason crosses as far as it can: %s', async ([reason, value]) => {
  expect(packReason(reason)).toEqual({
    kind: 'plain',
    value:
      typeof value === 'string'
        ? expect.stringContaining(value.split(' ').at(-1) as string)
        : value,
  })
})
