import { expect, test } from 'vitest'
import { openThreadLane } from '../../src/threads/thread-lane.ts'
import type { LaneSettings } from '../../src/wire/lane-settings.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const settings: LaneSettings = {
  runtimeId: 'test',
  requestDeadlineMs: 1_000,
  turnTimeoutMs: 1_000,
  onceBytes: 1,
  setupDeadlineMs: 1_000,
  limits: [],
}

test('a thread that never becomes a lane is reported, and is ended without any record of a lane', async () => {
  const entry = new URL('../fixtures/bad/never-imported.ts', import.meta.url)
  const limits = { heapMb: undefined, env: undefined }
  const told: unknown[] = []
  const tell = (what: unknown) => void told.push(what)
  const events = { record: tell, closed: tell, notDisposed: tell }
  const lane = openThreadLane({ entry, settings, limits, index: 3, events, startMs: 50 })
  const parts = ['lane 3', 'not ready within 50 ms']
  await expectRefusal(() => lane.start(), 'HEDDLE_LANE_START_FAILED', ...parts)
  expect(await lane.close()).toEqual([])
  expect(told).toEqual([])
})
