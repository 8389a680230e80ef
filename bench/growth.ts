import { type Message, type Runtime, ThreadedRuntime, topicId } from 'heddle'
import { Booking, booker } from './agents/booker.agent.ts'
import { Order, reader } from './agents/reader.agent.ts'
import { publishAll, threadedOptions, turnsPerSecond } from './load.ts'
import { type OrderBody, orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

const FEW = 1_000

export const growth: Question = {
  name: 'growth',
  asks: 'one message for each of a million keys, against a million messages on a thousand keys',
  goals: { millionOverThousand: { kind: 'at least', value: 0.35 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const many = setting.size === 'full' ? 1_000_000 : 50_000
      const runtime = await stage.enter(
        ThreadedRuntime.start({ ...threadedOptions, agents: [reader] }),
      )
      const rates = await race(
        {
          million: () => spread(runtime, Order, many, many),
          thousand: () => spread(runtime, Order, many, FEW),
          manyWithState: () => withState(many / 5, many / 5),
          fewWithState: () => withState(many / 5, FEW),
        },
        setting,
      )
      return {
        figures: {
          millionPerSecond: spreadOf(rates.million),
          thousandPerSecond: spreadOf(rates.thousand),
          manyWithStatePerSecond: spreadOf(rates.manyWithState),
          fewWithStatePerSecond: spreadOf(rates.fewWithState),
        },
        ratios: {
          millionOverThousand: ratioOf(rates.million, rates.thousand),
          withStateManyOverThousand: ratioOf(rates.manyWithState, rates.fewWithState),
        },
      }
    }),
}

/** On a new runtime, since keys with state stay. */
function withState(messages: number, keys: number): Promise<number> {
  return onStage(async (stage) => {
    const runtime = await stage.enter(
      ThreadedRuntime.start({ ...threadedOptions, agents: [booker] }),
    )
    return spread(runtime, Booking, messages, keys)
  })
}

function spread(
  runtime: Runtime,
  type: ((order: OrderBody) => Message) & { readonly name: string },
  messages: number,
  keys: number,
): Promise<number> {
  return turnsPerSecond(runtime, messages, () =>
    publishAll(
      runtime,
      messages,
      (index) => type(orderAt(index)),
      (index) => topicId(type.name, `key-${index % keys}`),
    ),
  )
}
