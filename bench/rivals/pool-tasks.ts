/** The tasks of the pools. piscina and tinypool load this very file. */
import { type Leg, nextLeg, type Receipt, receiptFor } from '../handlers.ts'
import type { OrderBody } from '../orders.ts'

export type PoolTask = 'noop' | 'chunk' | 'relay' | 'reply'

export function noop(_order: OrderBody): void {}

export function chunk(orders: readonly OrderBody[]): void {
  for (const order of orders) noop(order)
}

export function relay(leg: Leg): Leg | undefined {
  return nextLeg(leg)
}

export function reply(order: OrderBody): Receipt {
  return receiptFor(order)
}
