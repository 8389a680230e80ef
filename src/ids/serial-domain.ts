/**
 * The serial domain of an agent id (D1): its key, over all agent types. A closure agent lives on a
 * different thread from the rest of its key, so its domain is its own id behind a mark. A key that
 * begins like a mark is itself marked as a key.
 */
export function domainOf(type: string, key: string, isClosure: boolean): string {
  if (isClosure) return `${CLOSURE}${type}/${key}`
  return key.startsWith(MARK) ? KEY + key : key
}

export function isClosureDomain(domain: string): boolean {
  return domain.startsWith(CLOSURE)
}

/** The key of a domain that is not a closure agent's. */
export function keyOf(domain: string): string {
  return domain.startsWith(KEY) ? domain.slice(KEY.length) : domain
}

const MARK = '\0'
const CLOSURE = `${MARK}closure:`
const KEY = `${MARK}key:`
