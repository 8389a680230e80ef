/**
 * What raw workers get: the rows of one batch in columns, the fastest form in which `postMessage`
 * carries small objects.
 */
import type { OrderBody } from '../orders.ts'

export interface RawBatch {
  readonly keys: string[]
  readonly ids: string[]
  readonly amounts: number[]
  readonly ats: number[]
  readonly arePaid: boolean[]
}

export function emptyBatch(): RawBatch {
  return { keys: [], ids: [], amounts: [], ats: [], arePaid: [] }
}

export function addRow(batch: RawBatch, key: string, order: OrderBody): void {
  batch.keys.push(key)
  batch.ids.push(order.id)
  batch.amounts.push(order.amount)
  batch.ats.push(order.at)
  batch.arePaid.push(order.paid)
}

export function eachRow(batch: RawBatch, take: (key: string, order: OrderBody) => void): void {
  const { keys, ids, amounts, ats, arePaid } = batch
  for (let row = 0; row < keys.length; row++) {
    take(keys[row] as string, {
      id: ids[row] as string,
      amount: amounts[row] as number,
      at: ats[row] as number,
      paid: arePaid[row] as boolean,
    })
  }
}
