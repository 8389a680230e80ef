import { expect, test } from 'vitest'
import { stopReasonOf, Tasks } from '../../../src/router/ledger/task.ts'

const first = { kind: 'no-subscriber' } as const

test('a task ends with the strongest stop reason that holds for it', () => {
  const task = new Tasks().create()
  expect(stopReasonOf(task)).toEqual({ kind: 'completed' })
  Object.assign(task, { withdrawn: 3, firstWithdrawal: 'late' })
  expect(stopReasonOf(task)).toEqual({ kind: 'withdrawn', count: 3, first: 'late' })
  Object.assign(task, { dropped: 4, firstDrop: 'hush' })
  expect(stopReasonOf(task)).toEqual({ kind: 'dropped', count: 4, first: 'hush' })
  Object.assign(task, { deadLetters: 2, firstDeadLetter: { reason: first, agent: 'a/k' } })
  expect(stopReasonOf(task)).toEqual({ kind: 'dead-letters', count: 2, first, agent: 'a/k' })
  task.limit = { limit: 'depth', value: 7 }
  expect(stopReasonOf(task)).toEqual({ kind: 'task-limit', limit: 'depth', value: 7 })
  task.stopped = true
  expect(stopReasonOf(task)).toEqual({ kind: 'stopped' })
  task.cancelled = 'enough'
  expect(stopReasonOf(task)).toEqual({ kind: 'cancelled', reason: 'enough' })
})

test('each task has a number of its own', () => {
  const tasks = new Tasks()
  expect([tasks.create().id, tasks.create().id]).toEqual([1, 2])
})
