import { expect, test } from 'vitest'
import { Ask, Do, type Op } from '../fixtures/script.ts'
import { lastCalls } from './history.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeState } from './judge-effects.ts'
import { judgeSerial } from './judge-order.ts'
import type { Plan, Planned } from './plans.ts'
import { play } from './play.ts'
import { threaded } from './runtimes.ts'
import { Stage, type StageOptions } from './stage.ts'

/** Work for four keys. One turn ends its thread in the middle. */
const add: Op = { op: 'add', n: 1 }
const die: Op = { op: 'die', way: 'exit', times: 1 }
const plan: Plan = Array.from({ length: 12 }, (_, at): Planned => {
  const script: Op[] =
    at === 4
      ? [add, die, add]
      : [add, { op: 'publish', to: `b/k${at % 4}`, toSelf: true, label: `${at}.1`, script: [add] }]
  return { kind: 'publish', to: `a/k${at % 4}`, label: String(at), script }
})

async function onStage(options: StageOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open(threaded, options, { maxLiveKeys: 50_000 })
  try {
    await act(stage)
  } finally {
    await stage.close()
  }
}

test('D6 a replacement that dies before it is up is replaced again', () =>
  onStage({ config: { setups: ['well', 'exits'] } }, async (stage) => {
    const played = await play(stage, plan)
    judgeState(played)
    judgeSerial(played)
    judgeAccounts(played)
    expect(lastCalls(played.calls).filter(({ outcome }) => outcome !== 'done')).toEqual([])
    // A second play, in which the replaced lane takes part.
    const again = await play(
      stage,
      plan.map((planned) => ({ ...planned, label: `again ${planned.label}` })),
    )
    judgeAccounts(again)
  }))

test('D6 a replacement whose setup fails is tried again', () =>
  onStage({ config: { setups: ['well', 'throws', 'throws'] } }, async (stage) => {
    const played = await play(stage, plan)
    judgeState(played)
    judgeSerial(played)
    judgeAccounts(played)
    expect(lastCalls(played.calls).filter(({ outcome }) => outcome !== 'done')).toEqual([])
  }))

test('D6 the keys of a lane that can’t be replaced go to the others, with their state', () =>
  onStage(
    { config: { setups: ['well', 'throws', 'throws', 'throws', 'throws'] } },
    async (stage) => {
      const gone = Promise.withResolvers<void>()
      const kinds: string[] = []
      stage.runtime.inspect(({ kind }) => {
        if (kind.startsWith('lane-')) kinds.push(kind)
        if (kind === 'lane-gone') gone.resolve()
      })
      const played = await play(stage, plan)
      await gone.promise // keys with no turn begun may have moved before
      expect(kinds).toEqual(['lane-died', 'lane-gone'])
      judgeState(played)
      judgeSerial(played)
      judgeAccounts(played)
      expect(lastCalls(played.calls).filter(({ outcome }) => outcome !== 'done')).toEqual([])
    },
  ))

test('D6 with no lane left everything unsettled is a dead letter, and callers are refused', () =>
  onStage(
    { lanes: 1, config: { setups: ['well', 'throws', 'throws', 'throws', 'throws'] } },
    async (stage) => {
      const { runtime } = stage
      const sends: Plan = [1, 2].map((at) => ({
        kind: 'send',
        to: `c/k${at}`,
        label: `send ${at}`,
        script: [die],
      }))
      const played = await play(stage, [...sends, ...plan], { readsBack: false })
      judgeAccounts(played)
      const reasons = new Set(played.letters.map(({ reason }) => reason.kind))
      expect(reasons).toEqual(new Set(['no-lane']))
      for (const at of [1, 2]) {
        expect(played.answers.get(`send ${at}`)).toMatchObject({
          error: { code: 'HEDDLE_NO_LANES' },
        })
      }
      const step = { label: 'late', script: [] }
      await expect(runtime.publish(Do(step), 'a/k1')).rejects.toMatchObject({
        code: 'HEDDLE_NO_LANES',
      })
      await expect(runtime.send(Ask(step), 'a/k1')).rejects.toMatchObject({
        code: 'HEDDLE_NO_LANES',
      })
    },
  ))
