/**
 * Errors of requests that ended because their turn did: it is not a fault when nobody awaits them.
 */
const forgiven = new WeakSet<object>()

export function forgive(error: unknown): void {
  if (typeof error === 'object' && error !== null) forgiven.add(error)
}

export function isForgiven(error: unknown): boolean {
  return typeof error === 'object' && error !== null && forgiven.has(error)
}
