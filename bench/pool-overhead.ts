import { ThreadedRuntime } from 'heddle'
import { Forge, smith } from './agents/smith.agent.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { milliseconds, race } from './race.ts'
import { Echo } from './rivals/echo.ts'
import { startPiscina } from './rivals/pools.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

/** What a call of a tool in the pool takes beside the tool, from a turn on a lane. */
export const poolOverhead: Question = {
  name: 'poolOverhead',
  asks: 'a tool that does nothing, called by a turn, one call after the other',
  goals: { overBare: { kind: 'at most', value: 1.3 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const calls = setting.size === 'full' ? 4_000 : 800
      const runtime = await stage.enter(ThreadedRuntime.start({ lanes: 1, agents: [smith] }))
      const bare = await stage.enter(startPiscina())
      const echo = await stage.enter(new Echo())
      const steps = Array.from({ length: calls }, () => 0)
      const order = orderAt(0)
      const times = await race(
        {
          tool: () => runtime.send(Forge({ steps, atOnce: false }), 'smith/one'),
          piscina: () =>
            milliseconds(async () => {
              for (let call = 0; call < calls; call++) await bare.run('noop', order)
            }),
          pingPong: () =>
            milliseconds(async () => {
              for (let call = 0; call < calls; call++) await echo.ping(order)
            }),
        },
        setting,
      )
      const each = (all: readonly number[]) => all.map((ms) => (ms / calls) * 1_000)
      const bareTimes = times.piscina.map((ms, round) => ms + (times.pingPong[round] as number))
      return {
        figures: {
          toolUs: spreadOf(each(times.tool)),
          piscinaUs: spreadOf(each(times.piscina)),
          pingPongUs: spreadOf(each(times.pingPong)),
        },
        ratios: { overBare: ratioOf(times.tool, bareTimes) },
      }
    }),
}
