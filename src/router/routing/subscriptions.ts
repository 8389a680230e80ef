/**
 * The rules that lead from a topic to agent ids.
 *
 * Owns: the rules, by their topic types and prefixes. The cost of adding a rule, removing one and
 * matching a topic does not depend on how many rules there are, except for those that match.
 */
import { readSubscription, SOURCE, type Subscription } from '../../agents/subscription.ts'
import { HeddleError, plainText } from '../../errors.ts'

/** Where a topic leads: an agent type, and how the key is made from the source. */
export interface Route {
  readonly agent: string
  /** Undefined: the source is the key. */
  readonly keyFor: ((source: string) => string) | undefined
}

interface Rule {
  readonly order: number
  readonly text: string
  readonly isPrefix: boolean
  readonly topic: string
  readonly route: Route
  readonly subscription: Subscription
}

export class Subscriptions {
  /** By id. */
  readonly #rules = new Map<string, Rule>()
  readonly #texts = new Set<string>()
  readonly #byTopic = new Map<string, Set<Rule>>()
  readonly #byPrefix = new Map<string, Set<Rule>>()
  /** How many prefixes there are of each length. */
  readonly #lengths = new Map<number, number>()
  #made = 0
  #version = 0

  /**
   * Returns the subscription's id. Throws HEDDLE_INVALID_SUBSCRIPTION,
   * HEDDLE_DUPLICATE_SUBSCRIPTION.
   */
  add(subscription: Subscription): string {
    const { text, topic, isPrefix } = readSubscription(subscription)
    if (this.#texts.has(text)) {
      throw new HeddleError('HEDDLE_DUPLICATE_SUBSCRIPTION', { subscription: text })
    }
    const order = ++this.#made
    const id = `subscription-${order}`
    const rule: Rule = {
      order,
      text,
      isPrefix,
      topic,
      route: routeOf(subscription),
      subscription: Object.freeze({ ...subscription }),
    }
    this.#rules.set(id, rule)
    this.#texts.add(text)
    const index = isPrefix ? this.#byPrefix : this.#byTopic
    const same = index.get(topic)
    if (same !== undefined) same.add(rule)
    else {
      index.set(topic, new Set([rule]))
      if (isPrefix) this.#countLength(topic.length, 1)
    }
    this.#version++
    return id
  }

  /** Throws HEDDLE_UNKNOWN_SUBSCRIPTION. */
  remove(id: string): void {
    const rule = this.#rules.get(id)
    if (rule === undefined) {
      throw new HeddleError('HEDDLE_UNKNOWN_SUBSCRIPTION', { subscription: plainText(id) })
    }
    const { isPrefix, topic, text } = rule
    this.#rules.delete(id)
    this.#texts.delete(text)
    const index = isPrefix ? this.#byPrefix : this.#byTopic
    const same = index.get(topic)
    same?.delete(rule)
    if (same?.size === 0) {
      index.delete(topic)
      if (isPrefix) this.#countLength(topic.length, -1)
    }
    this.#version++
  }

  /** Changes with each change of the rules. */
  get version(): number {
    return this.#version
  }

  /** All rules, in the order in which they were added. */
  rules(): readonly Subscription[] {
    return [...this.#rules.values()].map(({ subscription }) => subscription)
  }

  /** All routes from a topic type, in the order in which their rules were added. */
  match(topicType: string): readonly Route[] {
    const found = [...(this.#byTopic.get(topicType) ?? [])]
    for (const length of this.#lengths.keys()) {
      if (length <= topicType.length)
        found.push(...(this.#byPrefix.get(topicType.slice(0, length)) ?? []))
    }
    return found.sort((one, other) => one.order - other.order).map(({ route }) => route)
  }

  #countLength(length: number, by: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + by
    if (count === 0) this.#lengths.delete(length)
    else this.#lengths.set(length, count)
  }
}

function routeOf({ agent, key = SOURCE }: Subscription): Route {
  if (key === SOURCE) return { agent, keyFor: undefined }
  return { agent, keyFor: (source) => key.replaceAll(SOURCE, () => source) }
}
