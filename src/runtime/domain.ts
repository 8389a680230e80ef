/**
 * The serial domain of an agent id (D1): its key, over all agent types. A closure agent lives on another thread than
 * the rest of its key, so its own id is its domain.
 */
export function domainOf(type: string, key: string, isClosure: boolean): string {
  return isClosure ? `${CLOSURE}${type}/${key}` : key
}

export function isClosureDomain(domain: string): boolean {
  return domain.startsWith(CLOSURE)
}

const CLOSURE = '\0'
