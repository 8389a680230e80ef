/** The work of turns as plain functions, which agents and rivals both run. */
import type { OrderBody } from './orders.ts'

/** The least that a turn can do and still read its message. */
export function read(order: OrderBody): void {
  if (order.amount < 0) throw new Error(`${order.id} has a negative amount`)
}

export interface Book {
  count: number
  total: number
}

export function book(order: OrderBody, state: Book): void {
  state.count += 1
  state.total += order.amount
}

export interface Receipt {
  readonly id: string
  readonly due: number
}

export function receiptFor({ id, amount, paid }: OrderBody): Receipt {
  return { id, due: paid ? 0 : amount }
}

export interface Leg {
  readonly order: OrderBody
  readonly key: number
  readonly left: number
}

export const RELAY_KEYS = 1_024

/** The next leg of the chain, at the next key; undefined at the end of the chain. */
export function nextLeg({ order, key, left }: Leg): Leg | undefined {
  return left === 0 ? undefined : { order, key: (key + 1) % RELAY_KEYS, left: left - 1 }
}
