/**
 * Errors of requests that ended because their turn did: nobody is at fault when nobody awaits
 * those.
 */
const forgiven = new WeakSet<object>()

export function forgive(error: unknown): void {
  if (typeof error === 'object' && error !== null) forgiven.add(error)
}

export function isForgiven(error: unknown): boolean {
  return typeof error === 'object' && error !== null && forgiven.has(error)
}
