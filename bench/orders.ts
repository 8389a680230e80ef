/**
 * The message of nearly every question: a small object, about 60 bytes as JSON, spread over keys.
 */
import type { Schema } from 'heddle'
import { z } from 'zod'

export interface OrderBody {
  readonly id: string
  readonly amount: number
  readonly at: number
  readonly paid: boolean
}

export const orderSchema = z.object({
  id: z.string(),
  amount: z.number(),
  at: z.number(),
  paid: z.boolean(),
})

/** heddle takes no payload without a schema; this one lets everything pass. */
export function unchecked<T>(): Schema<T, T> {
  return {
    '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value: value as T }) },
  }
}

/**
 * Makes a new object at each call: each contender, heddle or rival, pays for making what it sends.
 */
export function orderAt(index: number): OrderBody {
  return {
    id: `o-${100_000 + (index % 900_000)}`,
    amount: index % 5_000,
    at: 1_764_547_200_000 + index,
    paid: index % 2 === 0,
  }
}
