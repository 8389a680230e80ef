import { type Condition, defineCondition, textOf, when } from 'heddle/agentchat'
import { pricesIn } from './bidder.ts'

/** Met when a price is named that is as high as `price`: a predicate of what is new is enough. */
export function priceReaches(price: number): Condition {
  return when('price', (items) => {
    const named = items.flatMap((item) => ('id' in item ? pricesIn(item) : []))
    return { isMet: named.some((one) => one >= price), figures: { price, named } }
  })
}

/** Met when the last `n` messages were passes. It counts them in its state. */
export function passes(n: number): Condition {
  return defineCondition({
    initial: 0,
    look: (state, { items }) => {
      let count = Number(state)
      for (const item of items) if ('id' in item) count = textOf(item) === 'pass' ? count + 1 : 0
      const hit = {
        kind: 'custom',
        name: 'passes',
        figures: count,
        text: `${count} passed`,
      } as const
      return { state: count, hits: count < n ? [] : [hit] }
    },
  })
}
