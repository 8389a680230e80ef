import { spreadOf } from '../spread.ts'
import { POOL_NAMES, type PoolName } from './pools.ts'

/** The pool with the highest median, which is the one that heddle is compared with. */
export function bestPool(rates: Readonly<Record<PoolName, readonly number[]>>): PoolName {
  return POOL_NAMES.reduce((best, name) =>
    spreadOf(rates[name]).median > spreadOf(rates[best]).median ? name : best,
  )
}
