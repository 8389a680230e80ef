/**
 * In simulated time, where each lane has its own clock: no key waits while a lane has nothing to
 * do.
 */
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { startVirtual } from '../../bench/virtual/virtual-runtime.ts'
import { type TimedTurn, turnsOf, Work, worker } from '../../bench/virtual/worker.agent.ts'
import type { Runtime } from '../../src/index.ts'

const LANES = 8
/** While a lane is idle, a key with no turn begun waits for at most this long. */
const WITHIN_MS = 2
/** Sums of the same spans differ by their rounding. */
const NEARLY = 1e-6

interface Sent {
  /** Milliseconds after the previous message. */
  readonly pause: number
  readonly key: number
  readonly ms: number
}

let runtime: Runtime | undefined
afterEach(() => runtime?.stop())

/** Publishes the plan, and returns each message with its turn, in the order of acceptance. */
async function play(plan: readonly Sent[], keepsState: boolean) {
  const started = await startVirtual(LANES, { agents: [worker] })
  runtime = started.runtime
  const { clock } = started
  turnsOf.clear()
  const sent: { id: string; key: number; at: number }[] = []
  let at = 0
  for (const [index, { pause, key, ms }] of plan.entries()) {
    at += pause
    const id = String(index)
    clock.after(at - clock.now(), () => {
      sent.push({ id, key, at: clock.now() })
      void started.runtime.publish(Work({ id, ms, keepsState }), `${Work.name}/key-${key}`)
    })
  }
  await new Promise<void>((resolve) => clock.after(at + 1, resolve))
  await started.runtime.idle()
  expect(started.runtime.stats().handled).toBe(plan.length)
  await started.runtime.stop()
  return sent.map((one) => ({ ...one, ...(turnsOf.get(one.id) as TimedTurn) }))
}

type Played = Awaited<ReturnType<typeof play>>

/** When each lane had no turn, as spans of time. */
function idleSpans(played: Played): { lane: number; from: number; to: number }[] {
  return Array.from({ length: LANES }, (_, lane) => lane).flatMap((lane) => {
    const turns = played.filter((turn) => turn.lane === lane).sort((a, b) => a.began - b.began)
    const ends = [0, ...turns.map(({ ended }) => ended)]
    const begins = [...turns.map(({ began }) => began), Number.POSITIVE_INFINITY]
    return ends.map((from, at) => ({ lane, from, to: begins[at] as number }))
  })
}

/** Messages that waited too long though no turn of their key had begun and a lane was idle. */
function neglected(played: Played): string[] {
  const spans = idleSpans(played)
  return played.flatMap(({ id, key, at, began }) => {
    const before = played.filter((other) => other.key === key && other.began < began)
    const since = Math.max(at, ...before.map(({ ended }) => ended))
    return spans.flatMap(({ lane, from, to }) => {
      const waited = Math.min(began, to) - Math.max(since, from)
      if (waited <= WITHIN_MS + NEARLY) return []
      return `${id} of key-${key} waited for ${waited} ms beside lane ${lane}`
    })
  })
}

const turnMs = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0.01, 0.1, 0.5) },
  { weight: 1, arbitrary: fc.constantFrom(3, 20, 200) },
)
const sent = fc.record({
  pause: fc.oneof(fc.constant(0), fc.constantFrom(0.05, 0.7, 4)),
  key: fc.nat({ max: 19 }),
  ms: turnMs,
})

test('D2 while a lane is idle, a key with no turn begun waits for at most two milliseconds', async () => {
  const plans = fc.array(sent, { minLength: 20, maxLength: 150, size: 'max' })
  await fc.assert(
    fc.asyncProperty(plans, fc.boolean(), async (plan, keepsState) => {
      expect(neglected(await play(plan, keepsState))).toEqual([])
    }),
    { seed: 11, numRuns: 40, interruptAfterTimeLimit: 60_000 },
  )
}, 90_000)
