import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BoundOptions } from '../../src/index.ts'
import { writeHistory } from '../fixtures/history-file.ts'
import { Do, type Op } from '../fixtures/script.ts'
import { callsOf } from './history.ts'
import type { Stage } from './stage.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** The bytes of each message's ballast; the message weighs a little more. */
const BYTES = 1_000
const ballast: Op = { op: 'signal', signal: 'x'.repeat(BYTES) }

interface Bound {
  readonly name: string
  readonly bounds: BoundOptions
  /** How many messages the bound lets in at once. */
  readonly fits: number
  readonly forKey: boolean
}

const BOUNDS: readonly Bound[] = [
  { name: 'messages', bounds: { messages: 3, keyMessages: 3 }, fits: 3, forKey: false },
  { name: 'bytes', bounds: { bytes: 3.5 * BYTES, keyBytes: 3.5 * BYTES }, fits: 3, forKey: false },
  { name: 'messages of a key', bounds: { keyMessages: 2 }, fits: 2, forKey: true },
  { name: 'bytes of a key', bounds: { keyBytes: 2.5 * BYTES }, fits: 2, forKey: true },
]

interface Sent {
  readonly key: number
  readonly ticks: number
}

const messages = fc.array(
  fc.record({ key: fc.integer({ min: 1, max: 3 }), ticks: fc.nat({ max: 3 }) }),
  { minLength: 4, maxLength: 16, size: 'max' },
)

/**
 * Publishes all at once. The accepted ones are in the history as `key/number`; the error codes of
 * the others are returned.
 */
async function publishAll(stage: Stage, sent: readonly Sent[]): Promise<(string | undefined)[]> {
  const mark = stage.nextMark()
  const outcomes = sent.map(async ({ key, ticks }, at) => {
    const label = `${key}/${at}`
    const step = { label, script: [{ op: 'wait', ticks } as const, ballast] }
    try {
      await stage.runtime.publish(Do(step), `a/${mark}${key}`)
      writeHistory(stage.path, { at: 'accepted', label })
    } catch (error) {
      return (error as { code: string }).code
    }
    return undefined
  })
  const codes = await Promise.all(outcomes)
  await stage.idle()
  return codes
}

/** For each message, whether the bound lets it in when all come before any settles. */
function letIn(sent: readonly Sent[], { fits, forKey }: Bound): boolean[] {
  const inside = new Map<number, number>()
  return sent.map(({ key }) => {
    const domain = forKey ? key : 0
    const before = inside.get(domain) ?? 0
    inside.set(domain, before + 1)
    return before < fits
  })
}

/** The most messages that were accepted and had not ended. */
function mostInside(stage: Stage, start: number, { forKey }: Bound): number {
  const history = stage.history(start)
  const keys = new Map(callsOf(history).map(({ id, key }) => [id, key]))
  const inside = new Map<string, number>()
  let most = 0
  for (const event of history) {
    if (event.at !== 'accepted' && event.at !== 'end') continue
    const isIn = event.at === 'accepted'
    const key = isIn ? (event.label.split('/')[0] as string) : (keys.get(event.id) as string)
    const domain = forKey ? key : ''
    const now = (inside.get(domain) ?? 0) + (isIn ? 1 : -1)
    inside.set(domain, now)
    most = Math.max(most, now)
  }
  return most
}

/** The numbers of the messages that ran, in order. */
function ranIn(stage: Stage, start: number): number[] {
  return callsOf(stage.history(start)).map(({ label }) => Number(label.split('/')[1]))
}

for (const bound of BOUNDS) {
  testRuntime(`D8 ${bound.name}`, (make) => {
    const options = (policy: 'wait' | 'reject' | 'shed') => {
      return { bounds: { ...bound.bounds, policy }, conditions: { maxLiveKeys: 1 }, share: 0.25 }
    }

    test(`D8 a publish waits while the bound of ${bound.name} is reached`, async () => {
      await prove(make, messages, options('wait'), async (sent, stage) => {
        const start = stage.written
        const codes = await publishAll(stage, sent)
        expect(codes).toEqual(sent.map(() => undefined))
        expect(mostInside(stage, start, bound)).toBeLessThanOrEqual(bound.fits)
        const ran = ranIn(stage, start)
        expect(ran.toSorted((one, other) => one - other)).toEqual([...sent.keys()])
        for (const { key } of sent) {
          const order = ran.filter((at) => sent[at]?.key === key)
          expect(order).toEqual(order.toSorted((one, other) => one - other))
        }
      })
    })

    test(`D8 a publish is rejected while the bound of ${bound.name} is reached, and nothing of it is accepted`, () =>
      prove(make, messages, options('reject'), async (sent, stage) => {
        const start = stage.written
        const before = stage.runtime.stats().accepted
        const codes = await publishAll(stage, sent)
        const inside = letIn(sent, bound)
        expect(codes).toEqual(inside.map((isIn) => (isIn ? undefined : 'HEDDLE_BOUND_REACHED')))
        expect(ranIn(stage, start).length).toBe(inside.filter(Boolean).length)
        expect(stage.runtime.stats().accepted - before).toBe(inside.filter(Boolean).length)
      }))

    test(`D8 a publish is shed while the bound of ${bound.name} is reached, as a dead letter`, () =>
      prove(make, messages, options('shed'), async (sent, stage) => {
        const start = stage.written
        const letters = (await stage.runtime.deadLetters.list()).length
        const codes = await publishAll(stage, sent)
        const inside = letIn(sent, bound)
        const shed = (await stage.runtime.deadLetters.list()).slice(letters)
        expect(codes).toEqual(sent.map(() => undefined))
        const out = [...sent.keys()].filter((at) => !inside[at])
        expect(ranIn(stage, start).filter((at) => out.includes(at))).toEqual([])
        expect(shed.map(({ reason }) => reason.kind)).toEqual(out.map(() => 'shed'))
      }))
  })
}
